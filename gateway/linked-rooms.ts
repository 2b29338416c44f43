import { AppError, errorRow } from '../protocol/errors.ts'
import { commandId, type RoomId } from '../protocol/ids.ts'
import type { Random } from '../protocol/ports.ts'
import type { Permission } from '../protocol/room/permissions.ts'
import { principal } from './acting-user.ts'
import type { Caller } from './auth/index.ts'
import type { Rooms } from './rooms.ts'

/** What the room at the other end of a link has to say to it. */
export class LinkedRooms {
  readonly #rooms: Rooms
  readonly #random: Random

  constructor(rooms: Rooms, random: Random) {
    this.#rooms = rooms
    this.#random = random
  }

  /** Rooms are linked by whoever may change both: the one that listens decides for itself, this asks the one that leads. */
  async mindParent(parent: RoomId | null | undefined, caller: Caller): Promise<void> {
    if (parent) await this.#authorize(parent, 'update_room', caller)
  }

  /** Whether the caller may speak from there into the rooms that are linked to it; they then see which these are. */
  async leads(parent: RoomId | undefined, caller: Caller): Promise<boolean> {
    if (!parent) return false
    try {
      await this.#authorize(parent, 'broadcast', caller)
      return true
    } catch (error) {
      if (error instanceof AppError && !errorRow(error.code).retry) return false
      throw error
    }
  }

  async #authorize(room: RoomId, permission: Permission, caller: Caller): Promise<void> {
    const command = { type: 'authorize', by: principal(caller), permission } as const
    await this.#rooms.ask(room, command, { commandId: commandId(`link:${this.#random.uuid()}`, 1) })
  }
}
