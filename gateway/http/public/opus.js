// @ts-check

/** @typedef {import('../../../protocol/room/audio.ts').AudioParameters} AudioParameters */

const payloadOf = /^a=rtpmap:(\d+) opus\/48000/im

/**
 * A description of ours with what the room asks of its Opus encoders: parameters of `a=fmtp` (RFC 7587) and `a=ptime`. Whoever
 * receives the description encodes accordingly. What stands there already and is not asked for stays; a description without
 * Opus stays as it is.
 * @param {string} sdp
 * @param {AudioParameters} audio
 */
export function withOpus(sdp, { fmtp, ptime }) {
  const payload = payloadOf.exec(sdp)?.[1]
  if (payload === undefined) return sdp
  const lines = sdp.split('\r\n')
  const at = lines.findIndex((line) => line.startsWith(`a=fmtp:${payload} `))
  const before = at < 0 ? [] : (lines[at] ?? '').slice(`a=fmtp:${payload} `.length).split(/;\s*/)
  const kept = before.filter((parameter) => parameter !== '' && !((parameter.split('=')[0] ?? '') in fmtp))
  const asked = Object.entries(fmtp).map(([name, value]) => `${name}=${value}`)
  const line = `a=fmtp:${payload} ${[...kept, ...asked].join(';')}`
  if (at >= 0) lines[at] = line
  else lines.splice(lines.findIndex((one) => payloadOf.test(one)) + 1, 0, line)
  const rest = lines.filter((one) => !one.startsWith('a=ptime:'))
  rest.splice(rest.indexOf(line) + 1, 0, `a=ptime:${ptime}`)
  return rest.join('\r\n')
}
