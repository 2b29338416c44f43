import { Type, type Static } from '@sinclair/typebox'
import { AppError } from '../errors.ts'
import { strict } from '../tagged-union.ts'
import { estimate, impairmentOf, type Estimate } from './e-model.ts'

/** What a browser or game tells beside the figures: flat, at most 32 fields, names of 64 and texts of 200 characters. */
const Stats = Type.Unsafe<Readonly<Record<string, string | number | boolean | null>>>({
  type: 'object',
  maxProperties: 32,
  propertyNames: { type: 'string', maxLength: 64 },
  additionalProperties: { type: ['string', 'number', 'boolean', 'null'], maxLength: 200 },
  storable: true,
})
const label = Type.String({ minLength: 1, maxLength: 20, format: 'text' })
/** Counters fit the columns they go to. */
const count = Type.Integer({ minimum: 0, maximum: 2_147_483_647 })

/**
 * How a client hears a room, over the time since its last report: the same fields over REST and the socket. Where
 * `quality_score` is absent it is estimated from loss, jitter and round trip, which then have to be there.
 */
export const reportFields = {
  /** 0 (unusable) to 1 (perfect). */
  quality_score: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  packet_loss_rate: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  jitter_ms: Type.Optional(Type.Number({ minimum: 0, maximum: 60_000 })),
  /** Ms. */
  round_trip_time: Type.Optional(Type.Number({ minimum: 0, maximum: 60_000 })),
  /** Loudness of what is heard, 0 to 1. */
  audio_level: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  packets_sent: Type.Optional(count),
  packets_lost: Type.Optional(count),
  bytes_sent: Type.Optional(Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER })),
  /** `opus`; `codec_stats.fec` false says that it is sent without in-band FEC. */
  codec_used: Type.Optional(label),
  /** `wifi`, `cellular`, `ethernet` … */
  network_type: Type.Optional(label),
  codec_stats: Type.Optional(Stats),
  network_stats: Type.Optional(Stats),
}
export const QualityReport = strict(reportFields)
export type QualityReport = Static<typeof QualityReport>

/** What a report comes to. */
export interface Verdict {
  /** What the client says, else the estimate. 0 to 1. */
  readonly score: number
  readonly hasIssues: boolean
  /** Null where the report lacks loss, jitter or round trip. */
  readonly estimate: Estimate | null
}

/** From here on, or below for the score, people notice. The score is the one on which operators are woken. */
export const issueBounds = { score: 0.7, lossRate: 0.05, jitterMs: 50, roundTripMs: 400 } as const

/** Judges a report. Throws VALIDATION_FAILED where it holds neither a score nor what one is estimated from. */
export function judge(report: QualityReport): Verdict {
  const estimated = estimateOf(report)
  const score = report.quality_score ?? estimated?.score
  if (score === undefined) {
    throw new AppError('VALIDATION_FAILED', {
      field: 'quality_score',
      problem: 'is needed where packet_loss_rate, jitter_ms and round_trip_time are not all there',
    })
  }
  return { score, hasIssues: hasIssues(report, score), estimate: estimated }
}

/** The one rule behind `has_issues`: the score is under its bound, or a figure has reached its own. */
const hasIssues = (report: QualityReport, score: number): boolean =>
  score < issueBounds.score ||
  (report.packet_loss_rate ?? 0) >= issueBounds.lossRate ||
  (report.jitter_ms ?? 0) >= issueBounds.jitterMs ||
  (report.round_trip_time ?? 0) >= issueBounds.roundTripMs

function estimateOf(report: QualityReport): Estimate | null {
  const { packet_loss_rate: lossRate, jitter_ms: jitterMs, round_trip_time: roundTripMs } = report
  if (lossRate === undefined || jitterMs === undefined || roundTripMs === undefined) return null
  const codec = impairmentOf(report.codec_used, report.codec_stats?.['fec'] !== false)
  return estimate({ lossRate, jitterMs, roundTripMs }, codec)
}
