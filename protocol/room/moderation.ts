import { Type } from '@sinclair/typebox'
import { SessionId, UserId } from '../ids.ts'
import { nullable } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import { Evidence, LiftClock, Principal, Reason, SanctionKind, TimeMs } from './values.ts'

/** Whom a sanction of everyone in a room is on: the user of the kind `mute_all`, and of no other. */
export const everyone = 'all' as UserId

/** Seconds, up to ten years. */
export const DurationS = Type.Integer({ minimum: 1, maximum: 315_360_000 })

/** `duration_s` null is permanent. Replaces a running sanction of the same kind, raising its generation. */
export const Sanction = strict({
  type: Type.Literal('sanction'),
  by: Principal,
  kind: SanctionKind,
  target_user_id: UserId,
  duration_s: nullable(DurationS),
  reason: Reason,
  evidence: Type.Optional(Evidence),
})

/** A moderator's early lift. */
export const Lift = strict({
  type: Type.Literal('lift'),
  by: Principal,
  kind: SanctionKind,
  target_user_id: UserId,
  reason: Reason,
  evidence: Type.Optional(Evidence),
})

/**
 * Ends the user's seat. With a duration they are banned for so long, unless a longer ban stands already; without one they may
 * come back at once.
 */
export const Kick = strict({
  type: Type.Literal('kick'),
  by: Principal,
  target_user_id: UserId,
  duration_s: nullable(DurationS),
  reason: Reason,
  evidence: Type.Optional(Evidence),
})

/**
 * One of the clocks found the deadline of this generation passed. Already lifted, replaced by a newer generation, or not
 * yet due: answered OK with `lifted: false`, and nothing happens.
 */
export const Expire = strict({
  type: Type.Literal('expire'),
  kind: SanctionKind,
  target_user_id: UserId,
  generation: Type.Integer({ minimum: 1 }),
  clock: LiftClock,
})

export const ParticipantKicked = strict({
  type: Type.Literal('participant.kicked'),
  v: Type.Literal(1),
  user_id: UserId,
  /** The seat that ends; null where there was none. */
  session_id: nullable(SessionId),
  /** For how long the user stays out by this kick, Unix ms; null: not at all. */
  until_ms: nullable(TimeMs),
  by: UserId,
  reason: Reason,
  evidence: Type.Optional(Evidence),
})

export interface KickReply {
  readonly user_id: UserId
  /** The seat that ended; null where there was none. */
  readonly session_id: SessionId | null
  /** Until when the user stays out, which a longer ban says before the kick; null: they may come back, or never. */
  readonly until: string | null
  /** A ban stands. */
  readonly is_banned: boolean
}
