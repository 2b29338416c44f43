import type { ActorRouter, AskOptions } from '../cluster/routing/port.ts'
import type { CommandResult, Position } from '../protocol/cluster/results.ts'
import { AppError } from '../protocol/errors.ts'
import { roomKey, type RoomId } from '../protocol/ids.ts'
import type { RoomCommand } from '../protocol/room/commands.ts'
import type { RoomReplies } from '../protocol/room/replies.ts'

/** A command that was carried out: `ok` is durable, `accepted` is in memory. */
export interface Done<Value> {
  readonly status: 'ok' | 'accepted'
  readonly at: Position
  readonly value: Value
}

/** The way to rooms, with their answers typed. */
export class Rooms {
  readonly #router: ActorRouter

  constructor(router: ActorRouter) {
    this.#router = router
  }

  /**
   * Carries a command to its room. Throws what the caller has to hear of one that was not carried out: the refusal's own
   * code, that of `retry_after` with `retry_after_ms` in its details, or OUTCOME_UNKNOWN.
   */
  async ask<Type extends RoomCommand['type']>(
    roomId: RoomId,
    command: Extract<RoomCommand, { type: Type }>,
    options: AskOptions,
  ): Promise<Done<RoomReplies[Type]>> {
    return done(await this.#router.ask(roomKey(roomId), command, options))
  }
}

/** What came of a command, or an exception that says why nothing did. */
export function done<Value>(result: CommandResult): Done<Value> {
  switch (result.status) {
    case 'ok':
    case 'accepted':
      // The room's own answer, from an authenticated node: taken as it is.
      return { status: result.status, at: result.at, value: result.value as Value }
    case 'rejected':
      throw new AppError(result.code, result.data)
    case 'retry_after':
      throw new AppError(result.code, { retry_after_ms: result.afterMs })
    case 'unknown':
      throw new AppError('OUTCOME_UNKNOWN')
  }
}
