import type { ConnectionId } from '../../protocol/ids.ts'
import type { ParticipantFlags } from '../../protocol/room/commands.ts'
import { takeUnconfirmed } from './decide-signals.ts'
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
import { meshOfAttached } from './decide-mesh.ts'
import { inUse } from './in-use.ts'
import { banOn, muteOf } from './sanctions-on.ts'
import { lastSeq } from './signal-book.ts'
import { meshKind, presentSeat } from './present.ts'
import { seatAllows } from './speech.ts'
import { presenceOf, seatOfSession, unattached } from './state.ts'
import type { Presence, RoomState, Seat } from './state.ts'

/** Connections, flags and signaling: volatile, nothing here is journaled. */

/**
 * The connection tells all it knows: a flag it does not name is off. One that carried the seat until now is told, over the
 * subscription that this attach is about to take over.
 */
export function attach(state: LiveRoom, command: CommandOf<'attach'>, rules: Rules): RoomDecision {
  const seat = seatOfSession(state, command.session_id)
  const ban = seat ? null : banOn(state, command.user_id, rules.nowMs)
  if (ban) return reject('BANNED', ban)
  if (seat?.userId !== command.user_id || seat.speaksFrom !== (command.speaks_from ?? null)) {
    return reject('SESSION_NOT_FOUND')
  }
  const connection = command.connection_id ?? null
  const before = presenceOf(state, seat.sessionId)
  const presence = {
    ...withFlags(state, seat, unattached(null), command.flags, rules.nowMs),
    transmit: command.transmit ?? before.transmit,
    volumes: command.volumes ?? before.volumes,
    ...{ connected: true, connection },
  }
  const { changes, pushes } = presenceChange(state, seat, presence)
  const mesh = meshOfAttached(state, seat, command.links, rules.nowMs)
  const isTaken = isOfAnother(before, connection)
  const kept = takeUnconfirmed(state, seat, command.unconfirmed ?? [], rules)
  return answer(
    'attach',
    {
      session_id: seat.sessionId,
      role: seat.role,
      mesh: meshKind(state),
      last_signal_seq: lastSeq(kept.signals, seat.sessionId, rules.epoch),
    },
    {
      changes: [
        ...changes,
        ...mesh,
        ...(kept.pushes.length > 0 ? [{ change: 'signals', signals: kept.signals } as const] : []),
      ],
      pushes: [...(isTaken ? [sessionEnded(seat.sessionId, 'replaced')] : []), ...pushes, ...kept.pushes],
    },
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
      ...{ connected: false, keyHeld: false, speaking: false, priority: false, connection: null },
      lapseAtMs: rules.nowMs + graceMs(state, rules),
    }),
  )
}

export function setFlags(state: LiveRoom, command: CommandOf<'set_flags'>, { nowMs }: Rules): RoomDecision {
  const seat = seatOfSession(state, command.session_id)
  if (seat?.userId !== command.user_id) return reject('SESSION_NOT_FOUND')
  const { hand_raised: raises, priority: claims } = command.flags
  if (raises && !seatAllows(state, seat.userId, 'raise_hand')) return reject('FORBIDDEN')
  if (claims && !seatAllows(state, seat.userId, 'priority_speaker')) return reject('FORBIDDEN')
  const before = presenceOf(state, seat.sessionId)
  const presence = withFlags(state, seat, before, command.flags, nowMs)
  const same =
    presence.selfMuted === before.selfMuted &&
    presence.keyHeld === before.keyHeld &&
    presence.speaking === before.speaking &&
    presence.handRaised === before.handRaised &&
    presence.priority === before.priority
  if (same) return answer('set_flags', null)
  return answer('set_flags', null, presenceChange(state, seat, presence))
}

/** Nobody is told: what others see of the seat stays as it is. */
export function useSeat(state: LiveRoom, command: CommandOf<'use_seat'>, rules: Rules): RoomDecision {
  const seat = seatOfSession(state, command.session_id)
  if (seat?.userId !== command.user_id) return reject('SESSION_NOT_FOUND')
  return answer('use_seat', null, { changes: inUse(state, seat.sessionId, rules), pushes: [] })
}

/** Whoever is muted does not speak, whatever they say. */
function withFlags(state: RoomState, seat: Seat, presence: Presence, flags: ParticipantFlags, nowMs: number): Presence {
  const speaking = (flags.speaking ?? presence.speaking) && muteOf(state, seat) === null
  return {
    ...presence,
    selfMuted: flags.self_muted ?? presence.selfMuted,
    keyHeld: flags.push_to_talk ?? presence.keyHeld,
    speaking,
    handRaised: flags.hand_raised ?? presence.handRaised,
    priority: flags.priority ?? presence.priority,
    spokeAtMs: speaking || presence.speaking ? nowMs : presence.spokeAtMs,
  }
}

/** Everyone is told how the seat looks with it; behind that, those to whom its user whispers. */
export function presenceChange(state: RoomState, seat: Seat, presence: Presence) {
  const pushes = [push('all', { type: 'presence', participant: presentSeat(state, seat, presence) })]
  const { to, users = [] } = presence.transmit
  if (to === 'whisper') {
    const hearing = [...users, seat.userId].flatMap((user) => state.seats.get(user)?.sessionId ?? [])
    pushes.push(push(hearing, { type: 'presence', participant: presentSeat(state, seat, presence, seat.userId) }))
  }
  return { changes: [{ change: 'presence', sessionId: seat.sessionId, presence } as const], pushes }
}
