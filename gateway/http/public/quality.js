// @ts-check

/**
 * @typedef {object} Hearing What getStats says of the audio that comes in, summed over all links.
 * @property {number} received Packets since the links began.
 * @property {number} lost Packets since the links began.
 * @property {number} jitterMs
 * @property {number} roundTripMs
 */

/**
 * What the gateway is told of the time between two looks, which makes a score of it; null where no packet was due in it. Links
 * come and go, so a counter may fall: then the later look stands for itself.
 * @param {Hearing | null} before
 * @param {Hearing} now
 */
export function qualityBetween(before, now) {
  const isNew = before === null || now.received < before.received || now.lost < before.lost
  const received = isNew ? now.received : now.received - before.received
  const lost = isNew ? now.lost : now.lost - before.lost
  // Late duplicates make `lost` negative.
  const expected = received + Math.max(0, lost)
  if (expected <= 0) return null
  const lossRate = Math.max(0, lost) / expected
  return {
    packet_loss_rate: round(lossRate),
    jitter_ms: round(Math.min(60_000, now.jitterMs)),
    round_trip_time: round(Math.min(60_000, now.roundTripMs)),
    codec_used: 'opus',
  }
}

/** @param {number} value */
const round = (value) => Math.round(value * 1_000) / 1_000

/**
 * Looks every 5 s and hands on what is to be told.
 * @param {() => Promise<Hearing>} listen
 * @param {(report: NonNullable<ReturnType<typeof qualityBetween>>) => void} tell
 * @returns {() => void} Stops it.
 */
export function watchQuality(listen, tell) {
  /** @type {Hearing | null} */
  let before = null
  const timer = setInterval(() => {
    void listen().then((now) => {
      const report = qualityBetween(before, now)
      before = now
      if (report) tell(report)
    })
  }, 5_000)
  return () => clearInterval(timer)
}
