// @ts-check

/**
 * Whom one's microphone is for, over all the rooms of a client: every one of them, one room or some people in it, one room
 * with those that are linked to it, or nobody. The client
 * keeps it by itself, at once and whatever the room knows of it: that is only told so that the others can show it.
 * @typedef {{ to: 'all' } | { to: 'none' } | { to: 'room' | 'linked', roomId: string } | { to: 'whisper', roomId: string, users: readonly string[] }} Target
 */

/** @type {Target} */
export const everyRoom = Object.freeze({ to: 'all' })

/**
 * Whether the microphone is for that user in that room.
 * @param {Target} target
 * @param {string} roomId
 * @param {string} userId
 * @param {string | null} [from] Where one only speaks into that room: the room that one is in.
 */
export function isMeant(target, roomId, userId, from = null) {
  switch (target.to) {
    case 'all':
      return from === null
    case 'none':
      return false
    case 'room':
      return target.roomId === roomId
    case 'linked':
      return target.roomId === (from ?? roomId)
    case 'whisper':
      return target.roomId === roomId && target.users.includes(userId)
  }
}

/**
 * The target once a room is left: what was said there goes to no other room by itself.
 * @param {Target} target
 * @param {string} roomId
 * @param {number} remaining Rooms that one is in still.
 * @returns {Target}
 */
export function withoutRoom(target, roomId, remaining) {
  if (remaining === 0) return everyRoom
  return 'roomId' in target && target.roomId === roomId ? { to: 'none' } : target
}
