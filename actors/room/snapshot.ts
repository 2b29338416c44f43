import { Type, type Static } from '@sinclair/typebox'
import { decoder } from '../../protocol/codec.ts'
import { RoomId, SessionId, UserId } from '../../protocol/ids.ts'
import { RoomSpec } from '../../protocol/room/commands.ts'
import { GivenRole } from '../../protocol/room/roles.ts'
import { Role, SanctionKind, TimeMs, Username } from '../../protocol/room/values.ts'
import { WiderSanction } from '../../protocol/sanctions/scope.ts'
import { strict } from '../../protocol/tagged-union.ts'
import { sanctionKey, type LiftedSanction, type RunningSanction } from '../sanction-book.ts'
import type { Stage } from './stage-state.ts'
import { fromInviteSnapshot, InviteSnapshot, toInviteSnapshot } from './invite-snapshot.ts'
import { initialState } from './state.ts'
import type { RoomFacts, RoomState, Seat } from './state.ts'

/*
 * FROZEN: snapshots of this shape lie in the store. A change needs a new `v` and a reader for this one, or rooms that an
 * older version kept can no longer be activated.
 */
const generation = Type.Integer({ minimum: 1 })

export const RoomSnapshot = strict({
  v: Type.Literal(1),
  room: Type.Unsafe<{
    spec: RoomSpec
    status: RoomFacts['status']
    created_at_ms: number
    active_at_ms: number
  } | null>({
    type: ['object', 'null'],
    properties: {
      spec: RoomSpec,
      status: { type: 'string', enum: ['active', 'closed'] },
      created_at_ms: TimeMs,
      active_at_ms: TimeMs,
    },
    required: ['spec', 'status', 'created_at_ms', 'active_at_ms'],
    additionalProperties: false,
  }),
  /** In the order of joining. */
  seats: Type.Array(
    strict({
      ...{ session_id: SessionId, user_id: UserId, username: Username, role: Role, joined_at_ms: TimeMs },
      /** Absent for those who are here. */
      speaks_from: Type.Optional(RoomId),
    }),
  ),
  sanctions: Type.Array(
    strict({
      kind: SanctionKind,
      user_id: UserId,
      generation,
      until_ms: Type.Unsafe<number | null>({ type: ['integer', 'null'], minimum: 0 }),
      replaces_timed: Type.Boolean(),
    }),
  ),
  /** In the order of lifting. */
  lifted: Type.Array(strict({ kind: SanctionKind, user_id: UserId, generation, timed: Type.Boolean() })),
  generation_floor: Type.Integer({ minimum: 0 }),
  /** Absent where nothing stands on anybody. */
  wider: Type.Optional(Type.Array(strict({ user_id: UserId, sanctions: Type.Array(WiderSanction) }))),
  /** Each in the order of coming; absent where nobody is. */
  stage: Type.Optional(
    strict({ speakers: Type.Array(UserId), queue: Type.Array(UserId), invited: Type.Array(UserId) }),
  ),
  /** Absent where nobody was given one. */
  voices: Type.Optional(Type.Array(UserId)),
  /** Absent where none is given. */
  roles: Type.Optional(Type.Array(strict({ user_id: UserId, role: GivenRole }))),
  /** As the clocks outside were told; absent where they never were. */
  end: Type.Optional(
    strict({ at_ms: Type.Unsafe<number | null>({ type: ['integer', 'null'], minimum: 0 }), generation }),
  ),
  /** Absent where there is none. */
  invites: Type.Optional(Type.Array(InviteSnapshot)),
})
export type RoomSnapshot = Static<typeof RoomSnapshot>

const decode = decoder(RoomSnapshot)

/** The durable part of a room; connections and flags are left out. */
export const toSnapshot = (state: RoomState): RoomSnapshot => ({
  v: 1,
  room: state.room && {
    spec: state.room.spec,
    status: state.room.status,
    created_at_ms: state.room.createdAtMs,
    active_at_ms: state.room.activeAtMs,
  },
  seats: Array.from(state.seats.values(), (seat) => ({
    session_id: seat.sessionId,
    user_id: seat.userId,
    username: seat.username,
    role: seat.role,
    joined_at_ms: seat.joinedAtMs,
    ...(seat.speaksFrom === null ? {} : { speaks_from: seat.speaksFrom }),
  })),
  sanctions: Array.from(state.sanctions.values(), (running) => ({
    kind: running.kind,
    user_id: running.userId,
    generation: running.generation,
    until_ms: running.untilMs,
    replaces_timed: running.replacesTimed,
  })),
  lifted: Array.from(state.lifted.values(), (past) => ({
    kind: past.kind,
    user_id: past.userId,
    generation: past.generation,
    timed: past.timed,
  })),
  generation_floor: state.generationFloor,
  ...(state.wider.size === 0
    ? {}
    : {
        wider: Array.from(state.wider, ([userId, sanctions]) => ({ user_id: userId, sanctions: [...sanctions] })),
      }),
  ...(isEmpty(state.stage) ? {} : { stage: keptStage(state.stage) }),
  ...(state.voices.size === 0 ? {} : { voices: [...state.voices] }),
  ...(state.roles.size === 0
    ? {}
    : { roles: Array.from(state.roles, ([userId, role]) => ({ user_id: userId, role })) }),
  ...(state.end.generation === 0 ? {} : { end: { at_ms: state.end.atMs, generation: state.end.generation } }),
  ...(state.invites.size === 0 ? {} : { invites: Array.from(state.invites.values(), toInviteSnapshot) }),
})

const isEmpty = ({ speakers, queue, invited }: Stage): boolean => speakers.size + queue.size + invited.size === 0

const keptStage = ({ speakers, queue, invited }: Stage) => ({
  speakers: [...speakers],
  queue: [...queue],
  invited: [...invited],
})

/** Throws VALIDATION_FAILED for what this version cannot read: the room then refuses to start. */
export function fromSnapshot(roomId: RoomId, raw: unknown): RoomState {
  const kept = decode(raw)
  const seats = kept.seats.map((seat): Seat => ({
    sessionId: seat.session_id,
    userId: seat.user_id,
    username: seat.username,
    role: seat.role,
    joinedAtMs: seat.joined_at_ms,
    speaksFrom: seat.speaks_from ?? null,
  }))
  const sanctions = kept.sanctions.map((running): RunningSanction => ({
    kind: running.kind,
    userId: running.user_id,
    generation: running.generation,
    untilMs: running.until_ms,
    replacesTimed: running.replaces_timed,
  }))
  const lifted = kept.lifted.map((past): LiftedSanction => ({
    kind: past.kind,
    userId: past.user_id,
    generation: past.generation,
    timed: past.timed,
  }))
  return {
    ...initialState(roomId),
    room: kept.room && {
      spec: kept.room.spec,
      status: kept.room.status,
      createdAtMs: kept.room.created_at_ms,
      activeAtMs: kept.room.active_at_ms,
    },
    seats: new Map(seats.map((seat) => [seat.userId, seat])),
    sessions: new Map(seats.map((seat) => [seat.sessionId, seat.userId])),
    broadcasters: new Set(seats.flatMap(({ userId, speaksFrom }) => (speaksFrom === null ? [] : [userId]))),
    sanctions: new Map(sanctions.map((running) => [sanctionKey(running.kind, running.userId), running])),
    lifted: new Map(lifted.map((past) => [sanctionKey(past.kind, past.userId), past])),
    generationFloor: kept.generation_floor,
    wider: new Map(kept.wider?.map(({ user_id: userId, sanctions: wider }) => [userId, wider])),
    stage: {
      speakers: new Set(kept.stage?.speakers),
      queue: new Set(kept.stage?.queue),
      invited: new Set(kept.stage?.invited),
    },
    voices: new Set(kept.voices),
    roles: new Map(kept.roles?.map(({ user_id: userId, role }) => [userId, role])),
    ...(kept.end ? { end: { atMs: kept.end.at_ms, generation: kept.end.generation, isNew: false } } : {}),
    invites: new Map(kept.invites?.map(fromInviteSnapshot).map((invite) => [invite.inviteId, invite])),
  }
}
