import type { ProcessId } from '../../protocol/ids.ts'
import type { Logger, Timers } from '../../protocol/ports.ts'
import type { MembershipView } from '../membership/port.ts'
import type { Drain } from './drain.ts'
import type { RecordWatch } from './record-watch.ts'

export interface EvacuationDeps {
  readonly self: ProcessId
  readonly record: Pick<RecordWatch, 'awayMs'>
  readonly drain: Pick<Drain, 'run' | 'isOn'>
  readonly view: () => MembershipView
  readonly timers: Timers
  readonly logger: Logger
}

/** A node that was without the record for so long hands its actors on, ms. */
const patienceMs = 10_000
const everyMs = 1_000

/**
 * Has a node that alone cannot write hand its actors to others. Where every node is in the same trouble each says so with its
 * lease, nobody is an heir, and all actors stay where they are.
 */
export function evacuateWithoutRecord({ self, record, drain, view, timers, logger }: EvacuationDeps): () => void {
  return timers.every(everyMs, () => {
    if (record.awayMs < patienceMs || drain.isOn) return
    const hasHeirs = view().members.some(
      ({ process, role, state }) => role === 'node' && process !== self && (state === 'up' || state === 'refusing'),
    )
    if (!hasHeirs) return
    logger.warn({}, 'node.evacuates')
    void drain.run({ rests: false })
  })
}
