import { Type, type Static } from '@sinclair/typebox'
import { SessionId, UserId } from '../ids.ts'
import { reportFields } from '../quality/report.ts'
import { Region } from '../room/values.ts'
import { IsoTime, list, nullable, oneOf } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import { endpoint } from './endpoint.ts'
import { RoomParams } from './rooms.ts'

/*
 * How clients hear their rooms: what they report, and what it came to by the minute and the hour.
 */

/** `POST /api/v1/rooms/{roomId}/metrics`. `session_id` is the seat of the user who hears. */
export const ReportBody = strict({ user_id: Type.Optional(UserId), session_id: SessionId, ...reportFields })
export type ReportBody = Static<typeof ReportBody>

/** What the report was taken for. `mos` is the estimate; null where the report lacks loss, jitter or round trip. */
export const ReportedBody = strict({
  quality_score: Type.Number({ minimum: 0, maximum: 1 }),
  mos: nullable(Type.Number({ minimum: 1, maximum: 4.5 })),
  has_issues: Type.Boolean(),
})

/** A bucket, and the length of each. */
export const Bucket = oneOf(['minute', 'hour'])
export type Bucket = Static<typeof Bucket>
export const bucketMs: Readonly<Record<Bucket, number>> = { minute: 60_000, hour: 3_600_000 }

/** Buckets that one answer spans at the most: a day of minutes, or sixty days of hours. */
export const bucketsMax = 1_440
/** Rollups that one answer of all regions holds at the most: the newest. */
export const regionRollupsMax = 5_000

/** Buckets that begin from `since` on and before `until`. Default: up to now, the last hour of minutes, the last day of hours. */
export const WindowQuery = strict({
  bucket: Type.Optional(Bucket),
  since: Type.Optional(IsoTime),
  until: Type.Optional(IsoTime),
})
export type WindowQuery = Static<typeof WindowQuery>

const mean = nullable(Type.Number())
const rollupFields = {
  /** When the bucket begins. */
  start: IsoTime,
  samples: Type.Integer({ minimum: 1 }),
  /** Reports with issues. */
  issues: Type.Integer({ minimum: 0 }),
  score_p05: Type.Number(),
  score_p50: Type.Number(),
  score_p95: Type.Number(),
  /** Means of the reports that had the figure. */
  packet_loss_rate: mean,
  jitter_ms: mean,
  round_trip_time: mean,
}
const windowFields = { bucket: Bucket, since: IsoTime, until: IsoTime }

export const RoomQualityBody = strict({ ...windowFields, rollups: list(strict(rollupFields)) })
/** `truncated`: there was more, and it is older. */
export const RegionsQualityBody = strict({
  ...windowFields,
  rollups: list(strict({ region: nullable(Region), ...rollupFields })),
  truncated: Type.Boolean(),
})

export const reportQuality = endpoint({
  name: 'quality.report',
  method: 'POST',
  path: '/api/v1/rooms/{roomId}/metrics',
  summary: 'Report how a participant hears the room',
  auth: 'token',
  limit: 'quality',
  params: RoomParams,
  body: ReportBody,
  status: 202,
  reply: ReportedBody,
  errors: ['ROOM_NOT_FOUND', 'ROOM_CLOSED', 'SESSION_NOT_FOUND', 'ACTING_USER_MISMATCH'],
})

export const readRoomQuality = endpoint({
  name: 'quality.room',
  method: 'GET',
  path: '/api/v1/rooms/{roomId}/quality',
  summary: 'How people hear each other in the room, over time',
  auth: 'token',
  limit: 'rest',
  params: RoomParams,
  query: WindowQuery,
  status: 200,
  reply: RoomQualityBody,
  errors: ['ROOM_NOT_FOUND', 'FORBIDDEN'],
})

export const readRegionsQuality = endpoint({
  name: 'quality.regions',
  method: 'GET',
  path: '/api/v1/quality/regions',
  summary: 'How people hear each other by region, over time',
  auth: 'token',
  limit: 'rest',
  query: WindowQuery,
  status: 200,
  reply: RegionsQualityBody,
  errors: ['FORBIDDEN'],
})

export const qualityEndpoints = [reportQuality, readRoomQuality, readRegionsQuality] as const
