import { Type, type Static } from '@sinclair/typebox'
import { nullable, oneOf } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import { roomTypeTable } from './room-types.ts'
import type { RoomType } from './values.ts'

/** Which candidates go on in a room, by the names of `RTCIceTransportPolicy`. */
export const icePolicies = ['all', 'relay'] as const
export type IcePolicy = (typeof icePolicies)[number]

/** What a room is told to do otherwise than its type. What is absent is as the type, or as written behind the field. */
export const RoomSettings = strict({
  /** Clients open the microphone only while a key is held, and say so by their `push_to_talk` flag. Default false. */
  push_to_talk: Type.Optional(Type.Boolean()),
  /** What a second join of a user comes to: it takes the seat over (the default), or is refused. */
  duplicate_session: Type.Optional(oneOf(['replace', 'refuse'])),
  /** How long a temporary room may be empty before it closes, s. */
  empty_timeout_s: Type.Optional(Type.Integer({ minimum: 5, maximum: 86_400 })),
  /** How long a seat waits for a connection that was lost, s. */
  departure_grace_s: Type.Optional(Type.Integer({ minimum: 5, maximum: 600 })),
  /** Places on stage. Default 8. */
  stage_seats: Type.Optional(Type.Integer({ minimum: 1, maximum: 50 })),
  /** `relay`: audio goes by TURN alone, so nobody learns another's address. Default `all`. */
  ice_policy: Type.Optional(oneOf(icePolicies)),
  /** For how many days what is over of the room is kept: seats that were given up, invites; once it is closed, roles. Default: as the operator says. */
  retention_days: Type.Optional(Type.Integer({ minimum: 1, maximum: 3_650 })),
})
export type RoomSettings = Static<typeof RoomSettings>

/** Settings with nothing left open, but for the grace that is the node's own. */
export interface ResolvedSettings {
  readonly pushToTalk: boolean
  readonly duplicateSession: 'replace' | 'refuse'
  readonly emptyTimeoutMs: number
  /** Null: as the node's `JOIN_GRACE_S` says. */
  readonly departureGraceMs: number | null
  readonly stageSeats: number
  readonly icePolicy: IcePolicy
  /** Null: as the operator says. */
  readonly retentionDays: number | null
}

/** What holds in a room of that type with these settings. They were checked against the schema when they came in. */
export function resolveSettings(type: RoomType, settings: RoomSettings): ResolvedSettings {
  const row = roomTypeTable[type]
  const graceS = settings.departure_grace_s ?? row.departureGraceS
  return {
    pushToTalk: settings.push_to_talk ?? false,
    duplicateSession: settings.duplicate_session ?? 'replace',
    emptyTimeoutMs: (settings.empty_timeout_s ?? row.emptyTimeoutS) * 1_000,
    departureGraceMs: graceS === null ? null : graceS * 1_000,
    stageSeats: settings.stage_seats ?? 8,
    icePolicy: settings.ice_policy ?? 'all',
    retentionDays: settings.retention_days ?? null,
  }
}

/** What holds in a room, shown beside what it was told: no field is missing. */
export const EffectiveSettings = strict({
  push_to_talk: Type.Boolean(),
  duplicate_session: oneOf(['replace', 'refuse']),
  empty_timeout_s: Type.Integer(),
  /** Null: as the node's `JOIN_GRACE_S` says. */
  departure_grace_s: nullable(Type.Integer()),
  stage_seats: Type.Integer(),
  ice_policy: oneOf(icePolicies),
  /** Null: as the operator says. */
  retention_days: nullable(Type.Integer()),
})
export type EffectiveSettings = Static<typeof EffectiveSettings>

/** The settings of a room of that type as callers see them. */
export function effectiveSettings(type: RoomType, settings: RoomSettings): EffectiveSettings {
  const { departureGraceMs, ...resolved } = resolveSettings(type, settings)
  return {
    push_to_talk: resolved.pushToTalk,
    duplicate_session: resolved.duplicateSession,
    empty_timeout_s: resolved.emptyTimeoutMs / 1_000,
    departure_grace_s: departureGraceMs === null ? null : departureGraceMs / 1_000,
    stage_seats: resolved.stageSeats,
    ice_policy: resolved.icePolicy,
    retention_days: resolved.retentionDays,
  }
}
