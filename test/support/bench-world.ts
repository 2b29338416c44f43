import type { AnyDefinition } from '../../cluster/actor-runtime/definition.ts'
import { Appender } from '../../cluster/actor-runtime/appender.ts'
import type { PausingHost } from '../../cluster/actor-runtime/hand-off.ts'
import type { BeginResident } from '../../cluster/actor-runtime/resident.ts'
import { LeaseKeeper, type LeaseKeeperDeps } from '../../cluster/membership/lease-keeper.ts'
import type { MemoryCluster } from '../../cluster/membership/memory-cluster.ts'
import type { LeaseGuard, MemberFacts } from '../../cluster/membership/port.ts'
import type { Placement } from '../../cluster/placement/port.ts'
import type { MemoryNetwork } from '../../cluster/transport/memory.ts'
import type { ActorJournal } from '../../persistence/journal/port.ts'
import type { NodeLeases } from '../../persistence/node-leases/port.ts'
import type { ActorKey } from '../../protocol/ids.ts'
import type { Logger, Random, Timers } from '../../protocol/ports.ts'
import type { BenchProcess, StorePath } from './bench-process.ts'
import type { ManualTime } from './manual-time.ts'
import type { TallyWrite } from './tally-actor.ts'

export interface BenchOptions {
  readonly definition?: AnyDefinition<TallyWrite>
  /** In the place of `definition`. */
  readonly definitions?: readonly AnyDefinition<TallyWrite>[]
  readonly idleMs?: number
  readonly mailboxMax?: number
  readonly activationsMax?: number
  readonly activationsWaitingMax?: number
  readonly asksMax?: number
  readonly takesJoins?: () => boolean
  /** What lives beside actors, by kind. Default nothing. */
  readonly residents?: ReadonlyMap<string, BeginResident>
  readonly snapshotEvery?: number
  /** To Redis and Postgres, one way, ms. Default 0. */
  readonly storeLatencyMs?: () => number
  /** Between processes, one way, ms. Default 0. */
  readonly latencyMs?: number
  readonly random?: Random
  /** What nodes tell; of all of them together. Default nobody listens. */
  readonly logger?: Logger
}

/** What Redis is to the processes of a bench. */
export type BenchRedis = Pick<
  MemoryCluster,
  'hold' | 'leave' | 'revoke' | 'claim' | 'transfer' | 'release' | 'yieldTo' | 'restore' | 'resolveMany' | 'view'
>

/** The parts of a node that a bench may put in the place of the engine's own. */
export interface BenchParts {
  facts(facts: MemberFacts): MemberFacts
  leaseKeeper(deps: LeaseKeeperDeps): LeaseKeeper
  guard(lease: LeaseGuard, isRunning: () => boolean): LeaseGuard
  appender(journal: ActorJournal<TallyWrite>, timers: Timers): Appender<TallyWrite>
  pausing(host: PausingHost): PausingHost
}

/** The engine's own parts. */
export const engineParts: BenchParts = {
  facts: (facts) => facts,
  leaseKeeper: (deps) => new LeaseKeeper(deps),
  guard: (lease) => lease,
  appender: (journal, timers) => new Appender(journal, timers),
  pausing: (host) => host,
}

/** What the processes of a bench live in. */
export interface BenchWorld {
  readonly time: ManualTime
  readonly cluster: BenchRedis
  readonly nodeLeases: NodeLeases
  readonly parts: BenchParts
  readonly network: MemoryNetwork
  readonly random: Random
  readonly placement: Placement
  readonly options: BenchOptions
  /** What a life of a node runs. `epochOf`: under which it has an actor in memory. */
  definitionsOf(node: MemberFacts, epochOf: (key: ActorKey) => number): readonly AnyDefinition<TallyWrite>[]
  /** What lives beside its actors, by kind. */
  residentsOf(process: BenchProcess): ReadonlyMap<string, BeginResident> | undefined
  readonly journal: ActorJournal<TallyWrite>
  /** A port that no process of this world had. */
  freePort(): number
  /** A process, as its machine runs it. */
  process(name: string): BenchProcess
  pathTo(store: StoreName, process: string): StorePath
  membershipOf(process: BenchProcess, name: string): WatchedMembership
}

export type StoreName = 'redis' | 'postgres'
export type WatchedMembership = ReturnType<MemoryCluster['membership']>
