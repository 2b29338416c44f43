import type { Transmit } from '../../protocol/room/transmit.ts'
import { answer, reject, type CommandOf, type LiveRoom, type RoomDecision } from './decision.ts'
import { presenceChange } from './decide-presence.ts'
import { refusal } from './policy.ts'
import { muteOf } from './sanctions-on.ts'
import { presenceOf, seatOfSession } from './state.ts'

/**
 * Whether the holder of a seat may speak from here into the rooms that are linked to this one. Whoever is muted here is heard nowhere by
 * way of this room; nor does one who speaks into this room lead on from it.
 */
export function checkBroadcast(
  state: LiveRoom,
  { by, session_id: sessionId }: CommandOf<'check_broadcast'>,
): RoomDecision {
  const seat = seatOfSession(state, sessionId)
  if (seat?.userId !== by.user_id) return reject('SESSION_NOT_FOUND')
  const refused = refusal(state, by, { permission: 'broadcast' })
  if (refused) return reject(refused)
  if (seat.speaksFrom !== null || muteOf(state, seat) !== null) return reject('FORBIDDEN')
  return answer('check_broadcast', null)
}

/** Whom in the room somebody's microphone is for. Volatile, as the flags. */
export function setTransmit(
  state: LiveRoom,
  { by, session_id: sessionId, transmit }: CommandOf<'set_transmit'>,
): RoomDecision {
  const seat = seatOfSession(state, sessionId)
  if (seat?.userId !== by.user_id) return reject('SESSION_NOT_FOUND')
  if (transmit.to === 'whisper') {
    const refused = refusal(state, by, { permission: 'whisper' })
    if (refused) return reject(refused)
    const absent = (transmit.users ?? []).filter((user) => !state.seats.has(user))
    if (absent.length > 0) return reject('PARTICIPANT_NOT_FOUND', { user_ids: absent })
  }
  const before = presenceOf(state, sessionId)
  if (isSame(before.transmit, transmit)) return answer('set_transmit', null)
  return answer('set_transmit', null, presenceChange(state, seat, { ...before, transmit }))
}

const isSame = (one: Transmit, other: Transmit): boolean =>
  one.to === other.to && (one.users ?? []).join(' ') === (other.users ?? []).join(' ')
