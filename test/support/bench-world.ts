import type { AnyDefinition } from '../../cluster/actor-runtime/definition.ts'
import type { MemoryCluster } from '../../cluster/membership/memory-cluster.ts'
import type { Placement } from '../../cluster/placement/port.ts'
import type { MemoryNetwork } from '../../cluster/transport/memory.ts'
import type { ActorJournal } from '../../persistence/journal/port.ts'
import type { Random } from '../../protocol/ports.ts'
import type { ManualTime } from './manual-time.ts'
import type { TallyWrite } from './tally-actor.ts'

export interface BenchOptions {
  readonly definition?: AnyDefinition<TallyWrite>
  readonly idleMs?: number
  readonly mailboxMax?: number
  readonly activationsMax?: number
  readonly snapshotEvery?: number
  /** To Redis and Postgres, one way, ms. Default 0. */
  readonly storeLatencyMs?: () => number
  /** Between processes, one way, ms. Default 0. */
  readonly latencyMs?: number
  readonly random?: Random
}

/** What the processes of a bench live in. */
export interface BenchWorld {
  readonly time: ManualTime
  readonly cluster: MemoryCluster
  readonly network: MemoryNetwork
  readonly random: Random
  readonly placement: Placement
  readonly options: BenchOptions
  readonly storeLatencyMs: () => number
  readonly definitions: readonly AnyDefinition<TallyWrite>[]
  readonly journal: ActorJournal<TallyWrite>
}
