import type { UserId } from '../../protocol/ids.ts'
import { allows, type Permission } from '../../protocol/room/permissions.ts'
import { roomTypeTable } from '../../protocol/room/room-types.ts'
import type { Transmits } from '../../protocol/room/transmit.ts'
import { muteOf } from './sanctions-on.ts'
import { settingsOf } from './state.ts'
import type { Presence, RoomState } from './state.ts'

/**
 * Whether the room lets this user be heard right now: they have a seat, their role may speak, they are not muted, and, where not
 * everyone speaks, they are on stage or were given a voice. The one place where that is decided.
 */
export function maySendAudio(state: RoomState, userId: UserId): boolean {
  const seat = state.seats.get(userId)
  if (!seat || muteOf(state, seat) !== null) return false
  // Their own room let them, and this one is linked to it: no place on stage and no permission here is asked for.
  if (seat.speaksFrom !== null) return state.room?.spec.parent_room_id === seat.speaksFrom
  if (!seatAllows(state, userId, 'speak')) return false
  if (hasStage(state)) return state.stage.speakers.has(userId)
  return !state.room?.spec.is_moderated || state.voices.has(userId) || mayManageStage(state, userId)
}

/**
 * Whether they are shown to speak, to that viewer or, without one, to everyone: what their client says counts only while they may, hold
 * the key where one is asked for, and speak to the viewer.
 */
export const isSpeaking = (state: RoomState, userId: UserId, presence: Presence, viewer?: UserId): boolean =>
  presence.speaking &&
  transmitsTo(state, userId, presence, viewer) !== 'none' &&
  (presence.keyHeld || !asksForKey(state) || state.broadcasters.has(userId)) &&
  maySendAudio(state, userId)

/** Whom a microphone is for, as that viewer is told it: that somebody whispers to others is nobody else's business. */
export function transmitsTo(
  state: RoomState,
  userId: UserId,
  { transmit }: Pick<Presence, 'transmit'>,
  viewer?: UserId,
): Transmits {
  if (transmit.to !== 'whisper') return transmit.to
  const isMeant = viewer !== undefined && (viewer === userId || (transmit.users?.includes(viewer) ?? false))
  return isMeant && seatAllows(state, userId, 'whisper') ? 'whisper' : 'none'
}

/** Whether only those on stage are heard here. */
export const hasStage = ({ room }: RoomState): boolean =>
  room !== null && roomTypeTable[room.spec.room_type].speakers === 'stage'

/** Who may do that needs nobody's leave to be on stage, or to be heard. Only of those who have a seat. */
export const mayManageStage = (state: RoomState, userId: UserId): boolean => seatAllows(state, userId, 'manage_stage')

/** What the role of a user's seat allows; nothing without one. */
export function seatAllows({ room, seats }: RoomState, userId: UserId, permission: Permission): boolean {
  const seat = seats.get(userId)
  return room !== null && seat !== undefined && allows(seat.role, permission, room.spec.permissions)
}

const asksForKey = ({ room }: RoomState): boolean => room !== null && settingsOf(room).pushToTalk
