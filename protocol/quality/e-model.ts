/** What a client measured of the audio it hears. */
export interface Hearing {
  /** Packets that never came, 0 to 1. */
  readonly lossRate: number
  readonly jitterMs: number
  readonly roundTripMs: number
}

/** What a codec costs by the E-model. */
export interface CodecImpairment {
  /** Equipment impairment `Ie`: what the codec takes from the rating without any loss. */
  readonly ie: number
  /** Robustness `Bpl`: the higher, the less loss is heard. */
  readonly bpl: number
}

/** An estimate of how a person hears. */
export interface Estimate {
  /** Transmission rating R, 0 to 93.2. */
  readonly rating: number
  /** Mean opinion score, 1 (bad) to 4.5. */
  readonly mos: number
  /** The same as 0 to 1: see `scoreOf`. */
  readonly score: number
}

/** R of a connection without delay, loss or codec: the default of every parameter of ITU-T G.107. */
const bestRating = 93.2
/** What a frame waits before it leaves and is decoded, ms: 20 ms of audio and 6.5 ms of look-ahead, Opus by default (RFC 6716). */
const codecDelayMs = 26.5
/** One-way delay beyond which people begin to talk into each other, ms. */
const patienceMs = 177.3

/**
 * By name as `codec_used` has it, in lower case; anything else is taken for Opus, which is what rooms speak.
 *
 * Opus: G.113 lists none. `bpl` is 10 without in-band FEC, as measured for super-wideband Opus at 19 to 40 kbit/s under random
 * loss (9.8 to 10.7: M. Al-Ahmadi, P. Počta, H. Melvin, "Instrumental Estimation of E-model Equipment Impairment Factor
 * Parameters for Super-wideband Opus Codec", ISSC 2019; the values are published with its Opus_emodel.js), and 20 with it, as
 * rtcscore of G. García takes it. `ie` is 0: on the narrow-band scale, which ends at 93.2, Opus at our presets is no worse than
 * G.711; rtcscore comes to the same with 100 - 6.
 *
 * G.711: ITU-T G.113 appendix I, with concealment, which every browser has.
 */
const impairments: Readonly<Record<string, CodecImpairment>> = {
  opus: { ie: 0, bpl: 20 },
  'opus without fec': { ie: 0, bpl: 10 },
  pcmu: { ie: 0, bpl: 25.1 },
  pcma: { ie: 0, bpl: 25.1 },
}
const opus: CodecImpairment = { ie: 0, bpl: 20 }

/** `fec` false: the sender adds no in-band FEC. Browsers do by default. */
export function impairmentOf(codec: string | undefined, fec = true): CodecImpairment {
  const name = codec?.toLowerCase() ?? 'opus'
  const known = Object.hasOwn(impairments, name) ? name : 'opus'
  return impairments[known === 'opus' && !fec ? 'opus without fec' : known] ?? opus
}

/** From mouth to ear, ms: half the round trip, the codec, and a jitter buffer that holds twice the jitter. */
export const oneWayDelayMs = ({ jitterMs, roundTripMs }: Hearing): number =>
  roundTripMs / 2 + 2 * jitterMs + codecDelayMs

/** `Id` of G.107, as simplified by R. Cole and J. Rosenbluth, "Voice over IP performance monitoring", 2001. */
export const delayImpairment = (delayMs: number): number => 0.024 * delayMs + 0.11 * Math.max(0, delayMs - patienceMs)

/** `Ie,eff` of G.107 for random loss (BurstR = 1); the loss is taken in per cent there. */
export function lossImpairment(lossRate: number, { ie, bpl }: CodecImpairment): number {
  const percent = 100 * lossRate
  return ie + ((95 - ie) * percent) / (percent + bpl)
}

/** Annex B of G.107. Below R = 6.5 its curve would dip under 1, the worst there is. */
export function mosOf(rating: number): number {
  if (rating <= 0) return 1
  if (rating >= 100) return 4.5
  return Math.max(1, 1 + 0.035 * rating + 7e-6 * rating * (rating - 60) * (100 - rating))
}

/** MOS to the 0-1 of `quality_score`: 1 is 0 and 4.5, the best that the model knows, is 1. */
export const scoreOf = (mos: number): number => Math.min(1, Math.max(0, (mos - 1) / 3.5))

/**
 * How a person would rate what a client measured, by the E-model (ITU-T G.107) as monitors of networks simplify it:
 * R = 93.2 - Id - Ie,eff. It knows delay, jitter and loss; it does not know noise, echo or a broken microphone.
 */
export function estimate(hearing: Hearing, codec: CodecImpairment = opus): Estimate {
  const cost = delayImpairment(oneWayDelayMs(hearing)) + lossImpairment(hearing.lossRate, codec)
  const rating = Math.max(0, bestRating - cost)
  const mos = mosOf(rating)
  return { rating, mos, score: scoreOf(mos) }
}
