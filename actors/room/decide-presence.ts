import type { ConnectionId, SessionId } from '../../protocol/ids.ts'
import type { ParticipantFlags, Signal } from '../../protocol/room/commands.ts'
import type { RoomPush } from '../../protocol/room/view.ts'
import {
  answer,
  graceMs,
  push,
  reject,
  sessionEnded,
  type CommandOf,
  type LiveRoom,
  type RoomDecision,
  type Rules,
} from './decision.ts'
import type { RoomChange } from './evolve.ts'
import { banOn, muteOf } from './sanctions-on.ts'
import { presentSeat } from './present.ts'
import { presenceOf, seatOfSession, unattached } from './state.ts'
import type { Presence, RoomState, Seat } from './state.ts'

/** Connections, flags and signaling: volatile, nothing here is journaled. */

/**
 * The connection tells all it knows: a flag it does not name is off. One that carried the seat until now is told, over the
 * subscription that this attach is about to take over.
 */
export function attach(state: LiveRoom, command: CommandOf<'attach'>, { nowMs }: Rules): RoomDecision {
  const seat = seatOfSession(state, command.session_id)
  const ban = seat ? null : banOn(state, command.user_id, nowMs)
  if (ban) return reject('BANNED', ban)
  if (seat?.userId !== command.user_id) return reject('SESSION_NOT_FOUND')
  const connection = command.connection_id ?? null
  const presence = { ...withFlags(state, seat, unattached(null), command.flags), connected: true, connection }
  const { changes, pushes } = presenceChange(state, seat, presence)
  const isTaken = isOfAnother(presenceOf(state, seat.sessionId), connection)
  return answer(
    'attach',
    { session_id: seat.sessionId, role: seat.role },
    { changes, pushes: isTaken ? [sessionEnded(seat.sessionId, 'replaced'), ...pushes] : pushes },
  )
}

/** A connection carries the seat that is not this one. Unnamed ones are taken to be the same. */
const isOfAnother = (presence: Presence, connection: ConnectionId | null): boolean =>
  presence.connected && presence.connection !== null && connection !== null && presence.connection !== connection

/** For a seat that is gone, or already without a connection: nothing, and its deadline stays. */
export function detach(state: RoomState, command: CommandOf<'detach'>, rules: Rules): RoomDecision {
  const seat = seatOfSession(state, command.session_id)
  if (!seat) return answer('detach', null)
  const presence = presenceOf(state, seat.sessionId)
  // Refused, so that the subscription of the connection that carries the seat stays too.
  if (isOfAnother(presence, command.connection_id ?? null)) return reject('SESSION_NOT_FOUND')
  if (!presence.connected && presence.lapseAtMs !== null) return answer('detach', null)
  return answer(
    'detach',
    null,
    presenceChange(state, seat, {
      ...presence,
      ...{ connected: false, keyHeld: false, speaking: false, connection: null },
      lapseAtMs: rules.nowMs + graceMs(state, rules),
    }),
  )
}

export function setFlags(state: LiveRoom, command: CommandOf<'set_flags'>): RoomDecision {
  const seat = seatOfSession(state, command.session_id)
  if (seat?.userId !== command.user_id) return reject('SESSION_NOT_FOUND')
  const before = presenceOf(state, seat.sessionId)
  const presence = withFlags(state, seat, before, command.flags)
  const same =
    presence.selfMuted === before.selfMuted &&
    presence.keyHeld === before.keyHeld &&
    presence.speaking === before.speaking &&
    presence.handRaised === before.handRaised
  if (same) return answer('set_flags', null)
  return answer('set_flags', null, presenceChange(state, seat, presence))
}

/** Nobody is told: what others see of the seat stays as it is. */
export function useSeat(state: LiveRoom, command: CommandOf<'use_seat'>, rules: Rules): RoomDecision {
  const seat = seatOfSession(state, command.session_id)
  if (seat?.userId !== command.user_id) return reject('SESSION_NOT_FOUND')
  return answer('use_seat', null, { changes: inUse(state, seat.sessionId, rules), pushes: [] })
}

/** A seat without a connection is kept for the grace from now on. */
function inUse(state: RoomState, sessionId: SessionId, rules: Rules): RoomChange[] {
  const presence = presenceOf(state, sessionId)
  if (presence.connected) return []
  return [{ change: 'presence', sessionId, presence: { ...presence, lapseAtMs: rules.nowMs + graceMs(state, rules) } }]
}

/** Goes to the receiver's session alone. A sender without a connection (REST) shows by it that the seat is in use. */
export function signal(state: LiveRoom, command: Signal, rules: Rules): RoomDecision {
  const sender = seatOfSession(state, command.session_id)
  if (sender?.userId !== command.from_user) return reject('SESSION_NOT_FOUND')
  const receiver = state.seats.get(command.to_user)
  if (!receiver) return reject('PARTICIPANT_NOT_FOUND')
  return answer(
    'signal',
    { delivered_to: receiver.sessionId, connected: presenceOf(state, receiver.sessionId).connected },
    {
      changes: inUse(state, sender.sessionId, rules),
      pushes: [push([receiver.sessionId], signalPush(command, receiver.sessionId))],
    },
  )
}

const signalPush = (command: Signal, to: Signal['session_id']): RoomPush => ({
  type: 'signal',
  session_id: to,
  from_session: command.session_id,
  from_user: command.from_user,
  message_type: command.message_type,
  ...(command.sdp === undefined ? {} : { sdp: command.sdp }),
  ...(command.candidate === undefined ? {} : { candidate: command.candidate }),
  ...(command.sdp_mid === undefined ? {} : { sdp_mid: command.sdp_mid }),
  ...(command.sdp_mline_index === undefined ? {} : { sdp_mline_index: command.sdp_mline_index }),
})

/** Whoever is muted does not speak, whatever they say. */
const withFlags = (state: RoomState, seat: Seat, presence: Presence, flags: ParticipantFlags): Presence => ({
  ...presence,
  selfMuted: flags.self_muted ?? presence.selfMuted,
  keyHeld: flags.push_to_talk ?? presence.keyHeld,
  speaking: (flags.speaking ?? presence.speaking) && muteOf(state, seat) === null,
  handRaised: flags.hand_raised ?? presence.handRaised,
})

/** Everyone is told how the seat looks with it. */
const presenceChange = (state: RoomState, seat: Seat, presence: Presence) => ({
  changes: [{ change: 'presence', sessionId: seat.sessionId, presence } as const],
  pushes: [push('all', { type: 'presence', participant: presentSeat(state, seat, presence) })],
})
