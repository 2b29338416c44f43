import { Type, type Static } from '@sinclair/typebox'
import { RoomId, SessionId, UserId } from '../ids.ts'
import { strict, taggedUnion } from '../tagged-union.ts'
import { RoomChanges, RoomSpec } from './commands.ts'
import { ParticipantKicked } from './moderation.ts'
import { InviteAccepted, InviteCreated, InviteExpired, InviteRejected, InviteRevoked } from './invites.ts'
import { OwnershipTransferred, RoleChanged } from './roles.ts'
import { stageEvents } from './stage.ts'
import { list } from '../schema.ts'
import { WiderSanction } from '../sanctions/scope.ts'
import {
  EndCause,
  EndClock,
  Evidence,
  LeaveReason,
  LiftCause,
  LiftClock,
  Reason,
  Role,
  SanctionKind,
  Username,
} from './values.ts'

/*
 * FROZEN: these shapes lie in the journal. Never edit a released one: add a new `v` with an up-converter, or rooms
 * written by an older version cannot be read any more. Times are in the journal row, not in the event.
 */
const v = Type.Literal(1)
const untilMs = Type.Unsafe<number | null>({ type: ['integer', 'null'], minimum: 0 })

export const RoomCreated = strict({
  type: Type.Literal('room.created'),
  v,
  /** Who made it, where that was told; else the owner. */
  by: Type.Optional(UserId),
  spec: RoomSpec,
})
export const RoomUpdated = strict({ type: Type.Literal('room.updated'), v, by: UserId, changes: RoomChanges })
export const RoomClosed = strict({
  type: Type.Literal('room.closed'),
  v,
  /** `system` for the clocks. */
  by: UserId,
  reason: Reason,
  /** Absent where a person closed it. */
  cause: Type.Optional(EndCause),
  clock: Type.Optional(EndClock),
})
export const ParticipantJoined = strict({
  type: Type.Literal('participant.joined'),
  v,
  session_id: SessionId,
  user_id: UserId,
  username: Username,
  role: Role,
  /** They speak into this room from that one. Absent for all others. */
  speaks_from: Type.Optional(RoomId),
})
export const ParticipantLeft = strict({
  type: Type.Literal('participant.left'),
  v,
  session_id: SessionId,
  user_id: UserId,
  reason: LeaveReason,
})
export const SanctionApplied = strict({
  type: Type.Literal('sanction.applied'),
  v,
  kind: SanctionKind,
  user_id: UserId,
  /** Counts up per (kind, user) in this room; a lift names the one it means. */
  generation: Type.Integer({ minimum: 1 }),
  /** When it ends, Unix ms; null is permanent. */
  until_ms: untilMs,
  by: UserId,
  reason: Reason,
  evidence: Type.Optional(Evidence),
  /** A kick wrote it, whose own event tells of it. */
  by_kick: Type.Optional(Type.Boolean()),
})
export const SanctionLifted = strict({
  type: Type.Literal('sanction.lifted'),
  v,
  kind: SanctionKind,
  user_id: UserId,
  generation: Type.Integer({ minimum: 1 }),
  cause: LiftCause,
  clock: LiftClock,
  /** The moderator; the sanctioned user's own id never stands here. `system` for the clocks. */
  by: UserId,
  reason: Reason,
  evidence: Type.Optional(Evidence),
})

/** Everything that stands on a user beyond the room, who has a seat or takes one next. Whoever is banned loses it. */
export const WiderSanctionsKnown = strict({
  type: Type.Literal('wider_sanctions.known'),
  v,
  user_id: UserId,
  sanctions: list(WiderSanction),
})
/** Those of them whose time has come, by the time of the journal row, are over; whoever has still to lift them. */
export const WiderSanctionsExpired = strict({
  type: Type.Literal('wider_sanctions.expired'),
  v,
  user_id: UserId,
})

export const RoomEvent = taggedUnion('type', [
  RoomCreated,
  RoomUpdated,
  RoomClosed,
  ParticipantJoined,
  ParticipantLeft,
  SanctionApplied,
  SanctionLifted,
  ParticipantKicked,
  RoleChanged,
  OwnershipTransferred,
  ...stageEvents,
  InviteCreated,
  InviteAccepted,
  InviteRejected,
  InviteRevoked,
  WiderSanctionsKnown,
  WiderSanctionsExpired,
  InviteExpired,
])
export type RoomEvent = Static<typeof RoomEvent>
