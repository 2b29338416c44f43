import type { GuestWriter } from '../../cluster/index.ts'
import type { ActorRouter } from '../../cluster/routing/port.ts'
import type { CommandResult } from '../../protocol/cluster/results.ts'
import type { ActorKey, CommandId } from '../../protocol/ids.ts'

export interface RoomsReached {
  readonly router: Pick<ActorRouter, 'ask'>
  /** Writes for actors that nobody owns. */
  readonly guest: Pick<GuestWriter<never>, 'epochOf' | 'write'>
}

/** A room gets so long to answer, ms: whoever asks here asks again. */
export const clockDeadlineMs = 3_000

/**
 * Has a command carried out by the actor's owner where there is one, else as a guest in its journal, and wakes nobody. It is
 * asked for twice whether there is one, with the epoch looked at in between: whoever begins to load the actor is then either heard
 * of, or has raised the epoch, or waits for the guest and loads what it wrote.
 */
export async function ownerOrGuest(
  { router, guest }: RoomsReached,
  key: ActorKey,
  id: CommandId,
  command: unknown,
): Promise<CommandResult> {
  const ask = () => router.ask(key, command, { commandId: id, activate: false, deadlineMs: clockDeadlineMs })
  const asked = await ask()
  if (!hasNoOwner(asked)) return asked
  const epoch = await guest.epochOf(key)
  const again = await ask()
  return hasNoOwner(again) ? guest.write(key, id, command, epoch) : again
}

export const hasNoOwner = (result: CommandResult): boolean =>
  result.status === 'retry_after' && result.code === 'NO_OWNER'

const goneCodes = new Set<string>(['ROOM_CLOSED', 'ROOM_NOT_FOUND', 'ZONE_CLOSED', 'ZONE_NOT_FOUND'])

/** A room or zone that is closed, or was never made: nothing of it waits for a clock any more. */
export const isGone = (result: CommandResult): boolean => result.status === 'rejected' && goneCodes.has(result.code)
