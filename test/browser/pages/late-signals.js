// @ts-check

/** @typedef {typeof import('../../../gateway/http/public/peer-link.js')} PeerLinkModule */
/** @typedef {import('../../../gateway/http/public/peer-link.js').PeerLink} Link */
/** @typedef {import('../../../gateway/http/public/peer-link.js').Message} Message */

const { PeerLink } = /** @type {PeerLinkModule} */ (await import(/** @type {string} */ ('/peer-link.js')))
const common = { ice: () => ({}), audio: () => null, onState: () => undefined, onAudio: () => undefined }

/** A link that has so many packets of sound is heard: half a second of it. */
const heardPackets = 25

/**
 * @param {() => boolean | Promise<boolean>} check
 * @param {number} withinMs
 */
async function until(check, withinMs) {
  const untilMs = performance.now() + withinMs
  while (!(await check())) {
    if (performance.now() > untilMs) return false
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  return true
}

/** @param {Link} link */
async function hears(link) {
  const inbound = [...(await link.stats()).values()].filter(({ type }) => type === 'inbound-rtp')
  return inbound.some(({ packetsReceived }) => packetsReceived > heardPackets)
}

/**
 * Two links of one page to each other. What the one says that offers is held up until it has offered twice, as behind a page that is busy.
 * @param {'offerer' | 'answerer'} late Whose microphone is there only after that. Where it is the offerer's, the second copy comes behind the first
 *   answer, so that both answers leave; where it is the answerer's, both copies come at once.
 */
export async function twoLinks(late) {
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: true })
  /** What the offerer said and the answerer has not heard, in order. @type {Message[]} */
  const held = []
  const isOffer = (/** @type {Message} */ { message_type: type }) => type === 'offer'
  const offerer = new PeerLink({ ...common, polite: false, send: (message) => void held.push(message) })
  if (late === 'answerer') offerer.speakWith(microphone, true)
  const isRepeated = await until(() => held.filter(isOffer).length === 2, 10_000)

  let answers = 0
  const answerer = new PeerLink({
    ...common,
    polite: true,
    send: (message) => {
      if (message.message_type === 'answer') answers += 1
      setTimeout(() => void offerer.receive(message), 5)
    },
  })
  for (const link of [offerer, answerer]) link.hear(true)
  if (late === 'offerer') for (const link of [offerer, answerer]) link.speakWith(microphone, true)
  const repeated = held.findLast(isOffer)
  let isBusy = false
  const carrying = setInterval(async () => {
    if (isBusy) return
    isBusy = true
    for (let message = held.shift(); message; message = held.shift()) {
      if (late === 'offerer' && message === repeated) await until(() => answers > 0, 5_000)
      void answerer.receive(message)
    }
    isBusy = false
  }, 5)
  const byAnswerer = late === 'answerer' && (await until(() => hears(answerer), 10_000))
  if (late === 'answerer') answerer.speakWith(microphone, true)
  const heard = {
    isRepeated,
    byOfferer: await until(() => hears(offerer), 10_000),
    byAnswerer: byAnswerer || (await until(() => hears(answerer), 10_000)),
  }
  clearInterval(carrying)
  offerer.close()
  answerer.close()
  return heard
}

/**
 * Two links of one page to each other, of which the one that answers gets its microphone while it applies the first offer. Tells how
 * often that one was told of the other's sound, and who hears whom.
 */
export async function amidOffer() {
  const microphone = await navigator.mediaDevices.getUserMedia({ audio: true })
  let told = 0
  let wasApplying = false
  /** @type {Link} */
  let offerer
  const answerer = new PeerLink({
    ...common,
    polite: true,
    onAudio: () => void (told += 1),
    send: (message) => void setTimeout(() => void offerer.receive(message), 5),
  })
  const apply = RTCPeerConnection.prototype.setRemoteDescription
  RTCPeerConnection.prototype.setRemoteDescription = /** @this {RTCPeerConnection} */ function (
    /** @type {RTCSessionDescriptionInit} */ description,
  ) {
    const applied = Reflect.apply(apply, this, [description])
    if (description.type === 'offer' && !wasApplying) {
      wasApplying = true
      answerer.speakWith(microphone, true)
    }
    return applied
  }
  offerer = new PeerLink({
    ...common,
    polite: false,
    send: (message) => void setTimeout(() => void answerer.receive(message), 5),
  })
  for (const link of [offerer, answerer]) link.hear(true)
  offerer.speakWith(microphone, true)
  const heard = {
    byOfferer: await until(() => hears(offerer), 10_000),
    byAnswerer: await until(() => hears(answerer), 10_000),
  }
  RTCPeerConnection.prototype.setRemoteDescription = apply
  offerer.close()
  answerer.close()
  return { ...heard, wasApplying, told }
}
