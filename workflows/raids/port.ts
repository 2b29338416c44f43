import type { CommandId, RoomId, UserId } from '../../protocol/ids.ts'
import type { RoomChanges, RoomSpec } from '../../protocol/room/commands.ts'
import type { GivenRole } from '../../protocol/room/roles.ts'

/**
 * How raids reach their rooms; built by the composition root over the cluster's router. Each call may be made many times with one command
 * id and takes effect once. Rejects with an `AppError`.
 */
export interface RaidRooms {
  /** A room that is there already counts as made. Rejects with ROOM_CLOSED for one that is over. */
  create(roomId: RoomId, spec: RoomSpec, id: CommandId): Promise<void>
  update(roomId: RoomId, changes: RoomChanges, id: CommandId): Promise<void>
  /** Null takes what was given away. */
  setRole(roomId: RoomId, user: UserId, role: GivenRole | null, id: CommandId): Promise<void>
  /** Closes it; one that is closed, or was never made, stays so. */
  close(roomId: RoomId, reason: string, id: CommandId): Promise<void>
  /** Closes it if its end has come. `notBeforeMs`: when it will have, null for never; where it is not closed. */
  expire(roomId: RoomId, id: CommandId): Promise<{ readonly closed: boolean; readonly notBeforeMs: number | null }>
}
