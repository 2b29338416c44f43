import type { RoomChanges, RoomSpec } from '../../protocol/room/commands.ts'
import { roomTypeTable } from '../../protocol/room/room-types.ts'
import type { RoomId } from '../../protocol/ids.ts'
import type { RoomType } from '../../protocol/room/values.ts'

/** What of a room does not fit its type or the time: the details of VALIDATION_FAILED. */
export interface Misfit extends Record<string, unknown> {
  readonly field: string
  readonly problem: string
  /** The most that would fit. */
  readonly limit?: number
}

/** What does not fit in a room that is made now; null where all does. */
export const misfitOfSpec = (room: RoomId, spec: RoomSpec, nowMs: number): Misfit | null =>
  roomTypeTable[spec.room_type].ofGuild && spec.guild_id === null
    ? { field: 'guild_id', problem: 'a guild room needs one' }
    : misfitOfChanges(room, spec.room_type, spec, nowMs)

/** As above, of what is changed; what stays as it was is not looked at again. */
export function misfitOfChanges(room: RoomId, type: RoomType, changes: RoomChanges, nowMs: number): Misfit | null {
  const { maxSeats } = roomTypeTable[type]
  const { max_participants: seats, scheduled_end_at_ms: endsAtMs } = changes
  if (seats !== undefined && seats > maxSeats) {
    return { field: 'max_participants', problem: `is over ${maxSeats}, the most of type ${type}`, limit: maxSeats }
  }
  if (changes.parent_room_id === room) return { field: 'parent_room_id', problem: 'is the room itself' }
  if (typeof endsAtMs === 'number' && endsAtMs <= nowMs) {
    return { field: 'scheduled_end_at', problem: 'is not in the future' }
  }
  return null
}
