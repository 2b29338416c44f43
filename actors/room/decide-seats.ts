import type { ErrorCode } from '../../protocol/errors.ts'
import type { RoomEvent } from '../../protocol/room/events.ts'
import { broadcastersMax } from '../../protocol/room/transmit.ts'
import type { WiderSanction } from '../../protocol/sanctions/scope.ts'
import {
  answer,
  graceMs,
  reject,
  sessionEnded,
  type CommandOf,
  type LiveRoom,
  type RoomDecision,
  type Rules,
} from './decision.ts'
import type { RoomChange } from './evolve.ts'
import { passesWithoutPassword, refusal, roleAtJoin } from './policy.ts'
import { banOn } from './sanctions-on.ts'
import { occupancyOf, settingsOf, unattached } from './state.ts'
import type { Seat } from './state.ts'
import { inForce, widerBan } from './wider.ts'

/** Seats: who holds one. Durable, journaled. */

export function join(state: LiveRoom, command: CommandOf<'join'>, rules: Rules): RoomDecision {
  const refused = command.speaks_from
    ? mayNotSpeakInto(state, command)
    : refusal(state, command.by, { action: 'join', user: command.user_id })
  if (refused) return reject(refused)
  const wider = inForce(command.wider ?? [], rules.nowMs)
  const ban = banOn(state, command.user_id, rules.nowMs) ?? widerBan(wider)
  if (ban) return reject('BANNED', ban)
  const wrong = command.speaks_from ? null : wrongPassword(state, command)
  if (wrong) return reject(wrong)
  const held = state.seats.get(command.user_id)
  // The same seat asked for under another command id is the same seat.
  if (held?.sessionId === command.session_id) return seated(held, [], [])
  // They have the seat still: their client may attach to it.
  if (held && (settingsOf(state.room).duplicateSession === 'refuse' || isHere(held, command))) {
    return reject('ALREADY_IN_ROOM', { session_id: held.sessionId })
  }
  if (state.sessions.has(command.session_id)) return reject('VALIDATION_FAILED', { field: 'session_id' })
  if (!hasPlace(state, command, held)) return reject('ROOM_FULL')
  return takeSeat(state, { ...command, wider }, held, rules)
}

/** Who is in the room already needs no other seat to speak there. */
const isHere = (held: Seat, { speaks_from: from }: CommandOf<'join'>): boolean =>
  from !== undefined && held.speaksFrom === null

function hasPlace(state: LiveRoom, { speaks_from: from }: CommandOf<'join'>, held: Seat | undefined): boolean {
  if (from !== undefined) return held !== undefined || state.broadcasters.size < broadcastersMax
  return (held && held.speaksFrom === null) || occupancyOf(state) < state.room.spec.max_participants
}

/** Only from the room that this one is linked to, and only oneself. */
function mayNotSpeakInto(
  state: LiveRoom,
  { by, user_id: user, speaks_from: from }: CommandOf<'join'>,
): ErrorCode | null {
  if (state.room.spec.parent_room_id !== from) return refusal(state, by, { action: 'view' }) ?? 'ROOM_NOT_LINKED'
  return by.user_id === user ? null : 'ACTING_USER_MISMATCH'
}

function takeSeat(
  state: LiveRoom,
  command: CommandOf<'join'> & { readonly wider: readonly WiderSanction[] },
  replaced: Seat | undefined,
  rules: Rules,
): RoomDecision {
  const { nowMs } = rules
  const seat: Seat = {
    sessionId: command.session_id,
    userId: command.user_id,
    username: command.username,
    role: roleAtJoin(state, command.by, command.user_id),
    joinedAtMs: nowMs,
    speaksFrom: command.speaks_from ?? null,
  }
  const joined: RoomEvent = {
    type: 'participant.joined',
    v: 1,
    session_id: seat.sessionId,
    user_id: seat.userId,
    username: seat.username,
    role: seat.role,
    ...(command.speaks_from ? { speaks_from: command.speaks_from } : {}),
  }
  const { user_id, wider } = command
  const events: RoomEvent[] = [
    ...(replaced ? [left(replaced, 'replaced')] : []),
    // In front of the seat, which is muted from its first moment.
    ...(wider.length > 0 ? [{ type: 'wider_sanctions.known', v: 1, user_id, sanctions: wider } as const] : []),
    joined,
  ]
  const change: RoomChange = {
    change: 'presence',
    sessionId: seat.sessionId,
    presence: {
      ...unattached(nowMs + graceMs(state, rules)),
      // Until their client says that they speak here too.
      ...(seat.speaksFrom === null ? {} : { transmit: { to: 'none' } as const }),
    },
  }
  const decision = seated(seat, events, [change])
  return replaced ? { ...decision, pushes: [sessionEnded(replaced.sessionId, 'replaced')] } : decision
}

const seated = (seat: Seat, events: readonly RoomEvent[], changes: readonly RoomChange[]): RoomDecision =>
  answer('join', { session_id: seat.sessionId, role: seat.role, snapshot: null }, { events, changes })

/** The gateway has checked the caller's password against `password_hash`; here it counts only if it is still the one. */
function wrongPassword(state: LiveRoom, command: CommandOf<'join'>): 'PASSWORD_REQUIRED' | 'PASSWORD_WRONG' | null {
  const current = state.room.spec.password_hash
  if (current === null || passesWithoutPassword(state, command.by)) return null
  if (command.password_hash === null) return 'PASSWORD_REQUIRED'
  return command.password_hash === current ? null : 'PASSWORD_WRONG'
}

/**
 * A leave that names its session comes from the connection that carries it; one by user may come from elsewhere, so the
 * session is told that it is over.
 */
export function leave(state: LiveRoom, command: CommandOf<'leave'>): RoomDecision {
  const refused = refusal(state, command.by, { action: 'leave', user: command.user_id })
  if (refused) return reject(refused)
  const seat = state.seats.get(command.user_id)
  if (command.session_id !== undefined && seat?.sessionId !== command.session_id) return reject('SESSION_NOT_FOUND')
  if (!seat) return reject('PARTICIPANT_NOT_FOUND')
  return answer(
    'leave',
    { session_id: seat.sessionId, user_id: seat.userId },
    {
      events: [left(seat, 'left')],
      pushes: command.session_id === undefined ? [sessionEnded(seat.sessionId, 'left')] : [],
    },
  )
}

export const left = (
  seat: Seat,
  reason: Extract<RoomEvent, { type: 'participant.left' }>['reason'],
): Extract<RoomEvent, { type: 'participant.left' }> => ({
  type: 'participant.left',
  v: 1,
  session_id: seat.sessionId,
  user_id: seat.userId,
  reason,
})
