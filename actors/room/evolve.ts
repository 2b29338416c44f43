import type { SessionId, UserId } from '../../protocol/ids.ts'
import type { RoomEvent } from '../../protocol/room/events.ts'
import { withApplied, withLifted } from '../sanction-book.ts'
import { inviteAccepted, inviteCreated, inviteEnded } from './evolve-invites.ts'
import { ownershipTransferred, roleChanged } from './evolve-roles.ts'
import { offStage, stageMoved, voiceChanged } from './evolve-stage.ts'
import type { Mesh } from './mesh-state.ts'
import { withEnd } from './life.ts'
import { emptySignals, withoutSession, type SignalBook } from './signal-book.ts'
import { emptyStage } from './stage-state.ts'
import { presenceOf, unattached } from './state.ts'
import type { Presence, RoomState } from './state.ts'
import { inForce, widerOf, withWider } from './wider.ts'

type EventOf<Type extends RoomEvent['type']> = Extract<RoomEvent, { type: Type }>

/** A volatile fact: applied to memory, never journaled. */
export type RoomChange =
  | { readonly change: 'presence'; readonly sessionId: SessionId; readonly presence: Presence }
  /** No seat has a connection, and each lapses at that time (Unix ms). */
  | { readonly change: 'all_unattached'; readonly lapseAtMs: number }
  /** Who links with whom from now on. */
  | { readonly change: 'mesh'; readonly mesh: Mesh | null }
  /** What is remembered of signals. */
  | { readonly change: 'signals'; readonly signals: SignalBook }
  /** Everyone was warned of that end, so long before it. */
  | { readonly change: 'warned'; readonly endsAtMs: number; readonly leftMs: number }

/** Applies a journaled fact. Never refuses; `atMs` is the time of the journal row. */
export const evolve = (state: RoomState, event: RoomEvent, atMs: number): RoomState =>
  withEnd(evolved(state, event, atMs))

function evolved(state: RoomState, event: RoomEvent, atMs: number): RoomState {
  switch (event.type) {
    case 'room.created':
      return { ...state, room: { spec: event.spec, status: 'active', createdAtMs: atMs, activeAtMs: atMs } }
    case 'room.updated':
      return state.room
        ? { ...state, room: { ...state.room, spec: { ...state.room.spec, ...event.changes }, activeAtMs: atMs } }
        : state
    case 'room.closed':
      return closed(state, atMs)
    case 'participant.joined':
      return active(joined(state, event, atMs), atMs)
    case 'participant.left':
      return active(left(state, event), atMs)
    case 'stage.moved':
      return stageMoved(state, event)
    case 'voice.changed':
      return voiceChanged(state, event)
    case 'sanction.applied':
      return { ...state, ...withApplied(state, event) }
    case 'sanction.lifted':
      return { ...state, ...withLifted(state, event) }
    case 'participant.kicked':
      // Told for the record: the leave and the ban beside it are facts of their own.
      return state
    case 'role.changed':
      return roleChanged(state, event)
    case 'ownership.transferred':
      return ownershipTransferred(state, event)
    case 'invite.created':
      return inviteCreated(state, event, atMs)
    case 'invite.accepted':
      return inviteAccepted(state, event)
    case 'wider_sanctions.known':
      return withWider(state, event.user_id, event.sanctions)
    case 'wider_sanctions.expired':
      return withWider(state, event.user_id, inForce(widerOf(state, event.user_id), atMs))
    case 'invite.rejected':
    case 'invite.revoked':
    case 'invite.expired':
      return inviteEnded(state, event)
  }
}

export function applyChange(state: RoomState, change: RoomChange): RoomState {
  switch (change.change) {
    case 'presence':
      return { ...state, presence: new Map(state.presence).set(change.sessionId, change.presence) }
    case 'mesh':
      return { ...state, mesh: change.mesh }
    case 'signals':
      return { ...state, signals: change.signals }
    case 'warned':
      return { ...state, warned: { endsAtMs: change.endsAtMs, leftMs: change.leftMs } }
    case 'all_unattached':
      return {
        ...state,
        presence: new Map([...state.sessions.keys()].map((session) => [session, unattached(change.lapseAtMs)])),
      }
  }
}

const active = (state: RoomState, atMs: number): RoomState =>
  state.room ? { ...state, room: { ...state.room, activeAtMs: atMs } } : state

function closed(state: RoomState, atMs: number): RoomState {
  if (!state.room) return state
  return {
    ...state,
    room: { ...state.room, status: 'closed', activeAtMs: atMs },
    seats: new Map(),
    sessions: new Map(),
    broadcasters: new Set(),
    presence: new Map(),
    wider: new Map(),
    mesh: null,
    signals: emptySignals,
    stage: emptyStage,
    voices: new Set(),
    endedSessions: [...state.sessions.keys()],
  }
}

function joined(state: RoomState, event: EventOf<'participant.joined'>, atMs: number): RoomState {
  const { session_id: sessionId, user_id: userId, username, role } = event
  const speaksFrom = event.speaks_from ?? null
  return {
    ...state,
    seats: new Map(state.seats).set(userId, { sessionId, userId, username, role, joinedAtMs: atMs, speaksFrom }),
    sessions: new Map(state.sessions).set(sessionId, userId),
    presence: new Map(state.presence).set(sessionId, presenceOf(state, sessionId)),
    broadcasters: speaksFrom === null ? state.broadcasters : new Set(state.broadcasters).add(userId),
  }
}

function left(state: RoomState, event: EventOf<'participant.left'>): RoomState {
  const seats = new Map(state.seats)
  const sessions = new Map(state.sessions)
  const presence = new Map(state.presence)
  seats.delete(event.user_id)
  sessions.delete(event.session_id)
  presence.delete(event.session_id)
  const mesh = seats.size === 0 ? null : state.mesh
  const signals = withoutSession(state.signals, event.session_id)
  const broadcasters = withoutUser(state.broadcasters, event.user_id)
  const without = withWider({ ...state, seats, sessions, presence, broadcasters, mesh, signals }, event.user_id, [])
  // The seat that takes its place keeps what its user had.
  return event.reason === 'replaced' ? without : offStage(without, event.user_id)
}

function withoutUser(users: ReadonlySet<UserId>, user: UserId): ReadonlySet<UserId> {
  if (!users.has(user)) return users
  const rest = new Set(users)
  rest.delete(user)
  return rest
}
