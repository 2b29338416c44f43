import type { ActorKey, ProcessId } from '../../protocol/ids.ts'
import type { Logger } from '../../protocol/ports.ts'

/**
 * What happened to who owns an actor, as the process saw it that did it:
 *
 * - `claimed`: the directory granted it. `free`, `lease_over` (the last owner's), `own_again`, or `epoch_behind` (a further
 *   claim, since the record's epoch was higher).
 * - `activated`: the record granted it too, and it serves. `command` or `handed_over`.
 * - `yielded`: a claim was given back to an owner that lives on a lease in the record. `lease_in_record`.
 * - `handed_off`: the directory passed it on to the heir. `drain`, `order`, or `region`.
 * - `moved`: the heir was told that it has it. `handed_over`.
 * - `dropped`: it left memory. The cause is the cell's.
 * - `released`: the directory holds no owner any more. The cause of the drop, or `not_activated`.
 * - `restored`: the directory had forgotten it and knows it again. `directory_forgot`.
 * - `guest_wrote`: a process that does not own it raised its epoch by a write. `nobody_owned`.
 */
export type OwnershipChange =
  'claimed' | 'activated' | 'yielded' | 'handed_off' | 'moved' | 'dropped' | 'released' | 'restored' | 'guest_wrote'

export interface OwnershipEvent {
  readonly change: OwnershipChange
  /** A constant word. */
  readonly cause: string
  readonly key: ActorKey
  /** In force after the change. */
  readonly epoch: number
  /** Who had it until now; null where nobody had, or nobody knows. */
  readonly from: ProcessId | null
  /** Who has it from now on; null: nobody. */
  readonly to: ProcessId | null
}

/** The one line of the log for a change of owner, `ownership.changed`; `besides` are fields of that change alone. */
export function tellOwnership(logger: Logger, event: OwnershipEvent, besides: object = {}): void {
  logger.info({ ...event, ...besides }, 'ownership.changed')
}
