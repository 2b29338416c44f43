// @ts-check

/**
 * @typedef {object} Hearing What getStats says of the audio that comes in, summed over all links.
 * @property {number} received Packets since the links began.
 * @property {number} lost Packets since the links began.
 * @property {number} jitterMs
 * @property {number} roundTripMs
 */

const bestMos = 4.41

/**
 * How well a person hears, 0 (unusable) to 1 (as good as the codec gets).
 *
 * The E-model (ITU-T G.107): a rating R that starts at 93.2 is lowered by delay and loss and becomes a mean opinion score
 * by the formula of its annex B, 1 + 0.035 R + 7e-6 R (R - 60) (100 - R). What delay and loss cost is the usual
 * simplification of network monitors (PingPlotter's, for one): effective delay = round trip + 2 jitter + 10 ms, of which
 * 40 ms cost one point up to 160 ms and 10 ms one point beyond it; each per cent of loss costs 2.5 points.
 *
 * @param {{ lossRate: number, jitterMs: number, roundTripMs: number }} measured `lossRate` 0 to 1.
 */
export function qualityScore({ lossRate, jitterMs, roundTripMs }) {
  const delayMs = roundTripMs + 2 * jitterMs + 10
  const delayCost = delayMs < 160 ? delayMs / 40 : (delayMs - 120) / 10
  const rating = Math.max(0, Math.min(100, 93.2 - delayCost - 2.5 * 100 * lossRate))
  const mos = 1 + 0.035 * rating + 7e-6 * rating * (rating - 60) * (100 - rating)
  return Math.max(0, Math.min(1, (mos - 1) / (bestMos - 1)))
}

/**
 * What the room is told of the time between two looks; null where no packet was due in it. Links come and go, so a
 * counter may fall: then the later look stands for itself.
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
  const { jitterMs, roundTripMs } = now
  return {
    quality_score: round(qualityScore({ lossRate, jitterMs, roundTripMs })),
    packet_loss_rate: round(lossRate),
    jitter_ms: round(Math.min(60_000, jitterMs)),
    round_trip_time: round(Math.min(60_000, roundTripMs)),
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
