import type { UserId } from '../../protocol/ids.ts'
import { allows } from '../../protocol/room/permissions.ts'
import { muteOf } from './sanctions-on.ts'
import { settingsOf } from './state.ts'
import type { Presence, RoomState } from './state.ts'

/**
 * Whether the room lets this user be heard right now: they have a seat, their role may speak, and they are not muted. The one place
 * where that is decided.
 */
export function maySendAudio(state: RoomState, userId: UserId): boolean {
  const seat = state.seats.get(userId)
  if (!state.room || !seat) return false
  if (muteOf(state, seat) !== null) return false
  return allows(seat.role, 'speak', state.room.spec.permissions)
}

/** Whether they are shown to speak: what their client says counts only while they may, and hold the key where one is asked for. */
export const isSpeaking = (state: RoomState, userId: UserId, { speaking, keyHeld }: Presence): boolean =>
  speaking && (keyHeld || !asksForKey(state)) && maySendAudio(state, userId)

const asksForKey = ({ room }: RoomState): boolean => room !== null && settingsOf(room).pushToTalk
