import type { AskOptions } from '../cluster/routing/port.ts'
import type { SanctionRecords } from '../persistence/sanctions/port.ts'
import { AppError } from '../protocol/errors.ts'
import type { RoomId, UserId } from '../protocol/ids.ts'
import type { RoomCommand } from '../protocol/room/commands.ts'
import type { JoinReply, RoomReplies } from '../protocol/room/replies.ts'
import type { WiderSanction } from '../protocol/sanctions/scope.ts'
import { readable } from './readable.ts'
import type { Done, Rooms } from './rooms.ts'

type CommandOf<Type extends RoomCommand['type']> = Extract<RoomCommand, { type: Type }>

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
  async join(roomId: RoomId, command: CommandOf<'join'>, options: AskOptions): Promise<Done<JoinReply>> {
    for (let attempt = 1; ; attempt += 1) {
      const told = await this.#told(roomId, command)
      try {
        return await this.#deps.rooms.ask(roomId, told, options)
      } catch (error) {
        const isOutOfDate = error instanceof AppError && error.code === 'SANCTIONS_CHANGED'
        if (!isOutOfDate || attempt === attemptsMax) throw error
      }
    }
  }

  /** Takes what an invite offers: nothing, to whoever would be refused at the door anyway. */
  async accept(
    roomId: RoomId,
    command: CommandOf<'accept_invite'>,
    options: AskOptions,
  ): Promise<Done<RoomReplies['accept_invite']>> {
    return this.#deps.rooms.ask(roomId, await this.#told(roomId, command), options)
  }

  /** The command with what stands on its user in that room. */
  async #told<Command extends { readonly user_id: UserId }>(
    roomId: RoomId,
    command: Command,
  ): Promise<Command & { readonly wider?: readonly WiderSanction[] }> {
    const wider = await readable(() => this.#deps.sanctions.widerOn(command.user_id, roomId))
    return wider.length === 0 ? command : { ...command, wider }
  }
}
