import type { ActorRouter } from '../../cluster/routing/port.ts'
import type { CommandResult } from '../../protocol/cluster/results.ts'
import type { ActorKey, CommandId } from '../../protocol/ids.ts'

export interface RoomsReached {
  readonly router: Pick<ActorRouter, 'ask'>
  /** Writes for actors that nobody owns. */
  readonly guest: { write(key: ActorKey, id: CommandId, command: unknown): Promise<CommandResult> }
}

/** A room gets so long to answer, ms: whoever asks here asks again. */
export const clockDeadlineMs = 3_000

/** Has a command carried out by the actor's owner where there is one, else as a guest in its journal, and wakes nobody. */
export async function ownerOrGuest(
  { router, guest }: RoomsReached,
  key: ActorKey,
  id: CommandId,
  command: unknown,
): Promise<CommandResult> {
  const asked = await router.ask(key, command, { commandId: id, activate: false, deadlineMs: clockDeadlineMs })
  return hasNoOwner(asked) ? guest.write(key, id, command) : asked
}

export const hasNoOwner = (result: CommandResult): boolean =>
  result.status === 'retry_after' && result.code === 'NO_OWNER'

/** A room that is closed, or was never made: nothing of it waits for a clock any more. */
export const isGone = (result: CommandResult): boolean =>
  result.status === 'rejected' && (result.code === 'ROOM_CLOSED' || result.code === 'ROOM_NOT_FOUND')
