import type { QualityRollup, QualityRollups } from '../../../persistence/quality-rollups/port.ts'
import { AppError } from '../../../protocol/errors.ts'
import {
  bucketMs,
  bucketsMax,
  readRegionsQuality,
  readRoomQuality,
  regionRollupsMax,
  reportQuality,
  type Bucket,
  type WindowQuery,
} from '../../../protocol/http/quality.ts'
import { isoTime } from '../../../protocol/iso-time.ts'
import type { Clock } from '../../../protocol/ports.ts'
import { actingUser, principal } from '../../acting-user.ts'
import { reportGapMs, type QualityReports } from '../../quality/reports.ts'
import { bind, type Route } from '../bind.ts'
import { commandIdOf } from '../idempotency.ts'
import { readable } from '../../readable.ts'
import type { RouteDeps } from './rooms.ts'

export interface QualityRouteDeps extends Pick<RouteDeps, 'rooms' | 'random'> {
  readonly quality: QualityReports
  readonly rollups: QualityRollups
  readonly clock: Clock
}

/** How clients hear: told, and read. */
export const qualityRoutes = ({ rooms, random, quality, rollups, clock }: QualityRouteDeps): readonly Route[] => [
  bind(reportQuality, async ({ ctx, caller, params, body: { user_id, session_id, ...report } }) => {
    const session = { sessionId: session_id, roomId: params.roomId, userId: actingUser(caller, user_id) }
    // A socket here that carries the session shows as well that it is in use.
    if (!quality.carries(session)) {
      const command = { type: 'use_seat', user_id: session.userId, session_id } as const
      await rooms.ask(params.roomId, command, { commandId: commandIdOf(ctx, random) })
    }
    const { score, estimate, hasIssues, taken } = quality.hear(session, report)
    if (!taken) throw new AppError('RATE_LIMITED', { limit: 'quality_reports', retry_after_ms: reportGapMs })
    return { quality_score: rounded(score), mos: estimate && rounded(estimate.mos), has_issues: hasIssues }
  }),
  bind(readRoomQuality, async ({ ctx, caller, params, query }) => {
    const window = windowOf(query, clock.wallMs())
    const command = { type: 'authorize', by: principal(caller), permission: 'read_history' } as const
    await rooms.ask(params.roomId, command, { commandId: commandIdOf(ctx, random) })
    const found = await readable(() => rollups.ofRoom(params.roomId, { ...window, limit: bucketsMax }))
    return { ...presentWindow(window), rollups: found.map(presentRollup) }
  }),
  bind(readRegionsQuality, async ({ caller, query }) => {
    if (caller.privileges.length === 0) throw new AppError('FORBIDDEN')
    const window = windowOf(query, clock.wallMs())
    // One more than is shown, to know whether there is more.
    const found = await readable(() => rollups.ofRegions({ ...window, limit: regionRollupsMax + 1 }))
    const shown = found.slice(-regionRollupsMax)
    return {
      ...presentWindow(window),
      rollups: shown.map(({ region, ...rollup }) => ({ region, ...presentRollup(rollup) })),
      truncated: found.length > shown.length,
    }
  }),
]

interface Window {
  readonly width: Bucket
  readonly fromMs: number
  readonly toMs: number
}

/** How far back a window reaches that names no beginning, by its buckets. */
const usualBuckets: Readonly<Record<Bucket, number>> = { minute: 60, hour: 24 }

/** Throws VALIDATION_FAILED for a window that ends before it begins, or spans too many buckets. */
function windowOf({ bucket: width = 'minute', since, until }: WindowQuery, nowMs: number): Window {
  const toMs = until === undefined ? nowMs : momentOf('until', until)
  const fromMs = since === undefined ? toMs - usualBuckets[width] * bucketMs[width] : momentOf('since', since)
  if (fromMs > toMs) throw new AppError('VALIDATION_FAILED', { field: 'since', problem: 'is behind until' })
  if (toMs - fromMs > bucketsMax * bucketMs[width]) {
    throw new AppError('VALIDATION_FAILED', { field: 'since', problem: `spans more than ${bucketsMax} buckets` })
  }
  return { width, fromMs, toMs }
}

/** Leap seconds fit the schema, but no clock of ours knows them. */
function momentOf(field: string, text: string): number {
  const ms = Date.parse(text)
  if (Number.isNaN(ms)) throw new AppError('VALIDATION_FAILED', { field, problem: 'is no moment' })
  return ms
}

const presentWindow = ({ width, fromMs, toMs }: Window) => ({
  bucket: width,
  since: isoTime(fromMs),
  until: isoTime(toMs),
})

const presentRollup = (rollup: QualityRollup) => ({
  start: isoTime(rollup.bucketMs),
  samples: rollup.samples,
  issues: rollup.issues,
  score_p05: rollup.scoreP05,
  score_p50: rollup.scoreP50,
  score_p95: rollup.scoreP95,
  packet_loss_rate: rollup.lossMean,
  jitter_ms: rollup.jitterMeanMs,
  round_trip_time: rollup.roundTripMeanMs,
})

const rounded = (value: number): number => Math.round(value * 1_000) / 1_000
