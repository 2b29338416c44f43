import type { AskOptions } from '../cluster/routing/port.ts'
import type { SanctionRecords } from '../persistence/sanctions/port.ts'
import { AppError } from '../protocol/errors.ts'
import type { RoomId } from '../protocol/ids.ts'
import type { RoomCommand } from '../protocol/room/commands.ts'
import type { JoinReply } from '../protocol/room/replies.ts'
import { readable } from './readable.ts'
import type { Done, Rooms } from './rooms.ts'

type Join = Extract<RoomCommand, { type: 'join' }>

export interface DoorDeps {
  readonly rooms: Rooms
  readonly sanctions: Pick<SanctionRecords, 'widerOn'>
}

/** So often a join is asked for with what the record says by then, where that changes in the very moment. */
const attemptsMax = 4

/** The way into rooms: a join goes there with what stands on the user beyond that room. */
export class Door {
  readonly #deps: DoorDeps

  constructor(deps: DoorDeps) {
    this.#deps = deps
  }

  /**
   * Takes a seat. Whoever is banned from the guild or the service hears BANNED of the room, as by its own ban. What is read here may be out
   * of date by the time the seat is written down; the record then refuses it, so that nobody is let in behind a ban.
   */
  async join(roomId: RoomId, command: Join, options: AskOptions): Promise<Done<JoinReply>> {
    for (let attempt = 1; ; attempt += 1) {
      const wider = await readable(() => this.#deps.sanctions.widerOn(command.user_id, roomId))
      try {
        return await this.#deps.rooms.ask(roomId, { ...command, ...(wider.length === 0 ? {} : { wider }) }, options)
      } catch (error) {
        const isOutOfDate = error instanceof AppError && error.code === 'SANCTIONS_CHANGED'
        if (!isOutOfDate || attempt === attemptsMax) throw error
      }
    }
  }
}
