import type { AnyDefinition } from '../../cluster/actor-runtime/definition.ts'
import { GuestWriter } from '../../cluster/actor-runtime/guest.ts'
import type { BeginResident } from '../../cluster/actor-runtime/resident.ts'
import { WatchedView } from '../../cluster/membership/watched-view.ts'
import type { MemberFacts } from '../../cluster/membership/port.ts'
import type { Placement } from '../../cluster/placement/port.ts'
import { MemoryNetwork } from '../../cluster/transport/memory.ts'
import { MemoryActorJournal } from '../../persistence/journal/memory.ts'
import type { ActorJournal } from '../../persistence/journal/port.ts'
import { MemoryNodeLeases } from '../../persistence/node-leases/memory.ts'
import type { ActorKey, Incarnation, ProcessId } from '../../protocol/ids.ts'
import type { Random } from '../../protocol/ports.ts'
import { BenchGateway } from '../support/bench-gateway.ts'
import { BenchNode, factsFor } from '../support/bench-node.ts'
import { BenchProcess, reached, type StorePath } from '../support/bench-process.ts'
import type { BenchParts, BenchRedis, BenchWorld, StoreName, WatchedMembership } from '../support/bench-world.ts'
import type { ManualTime } from '../support/manual-time.ts'
import { ReplicatedRedis } from '../support/replicated-redis.ts'
import { SeededRandom } from '../support/seeded-random.ts'
import { silentLogger } from '../support/silent-logger.ts'
import type { TallyWrite } from '../support/tally-actor.ts'
import type { Oracle } from './oracle.ts'
import { gatewayNames, nodeNames, type Plan, type Setting } from './plan.ts'
import type { SceneParts } from './scene-parts.ts'
import { watchedDefinition, watchedJournal, watchedRedis } from './watching.ts'
import { Weather } from './weather.ts'

/** Who owned the actors in the earlier life of the cluster. */
const ancestor = { process: 'ancestor' as ProcessId, incarnation: 'ancestor' as Incarnation }

/** What a cluster hosts, and who watches over it. */
export interface Cast<Watcher extends Oracle> {
  readonly oracle: Watcher
  readonly definitions: readonly AnyDefinition<TallyWrite>[]
  /** The actors that matter now; of the plan's names the first is the first, and so on. */
  keys(): readonly ActorKey[]
  /** What lives beside actors on a node. Absent: nothing. */
  residentsOf?(process: BenchProcess): ReadonlyMap<string, BeginResident>
  /** A gateway begins its life. */
  carriedBy?(gateway: BenchGateway, random: Random): void
}

/** A whole cluster of one seed: processes of the engine's own classes, around a Redis, a Postgres and a network that may fail. */
export class SimWorld<Watcher extends Oracle = Oracle> implements BenchWorld {
  readonly time: ManualTime
  readonly oracle: Watcher
  readonly random: SeededRandom
  readonly weather: Weather
  readonly redis: ReplicatedRedis
  readonly nodeLeases: MemoryNodeLeases
  readonly cluster: BenchRedis
  readonly network: MemoryNetwork
  readonly placement: Placement
  readonly options: Setting
  readonly parts: BenchParts
  readonly journal: ActorJournal<TallyWrite>
  /** The present life of each node. */
  readonly nodes = new Map<string, BenchNode>()
  /** The present life of each gateway. */
  readonly gateways = new Map<string, BenchGateway>()
  readonly #plan: Plan
  readonly #cast: Cast<Watcher>
  readonly #streams = new Map<string, SeededRandom>()
  #ports = 20_000

  constructor({ plan, placement, mutation }: SceneParts, time: ManualTime, cast: Cast<Watcher>) {
    const { oracle } = cast
    this.#plan = plan
    this.#cast = cast
    this.time = time
    this.oracle = oracle
    this.weather = new Weather((name) => this.streamOf(name))
    this.redis = new ReplicatedRedis(time)
    this.nodeLeases = new MemoryNodeLeases(time)
    this.random = this.streamOf('engine')
    this.placement = placement
    this.parts = mutation.parts
    this.options = plan.setting
    const isAlive = (process: string) => this.nodes.get(process)?.process.isDead === false
    this.cluster = watchedRedis(mutation.redis(this.redis), oracle, isAlive)
    const journal = new MemoryActorJournal<TallyWrite>(
      () => undefined,
      (incarnation) => this.nodeLeases.isHeld(incarnation),
    )
    this.journal = watchedJournal(mutation.journal(journal, this), oracle)
    this.network = new MemoryNetwork({
      clock: this.time,
      timers: this.time,
      logger: silentLogger,
      latencyMs: (from, to) => this.weather.linkMs(from, to),
      pieceBytes: (from, to) => this.weather.pieceBytes(from, to),
    })
  }

  get keys(): readonly ActorKey[] {
    return this.#cast.keys()
  }

  /** Everything is up, or on its way there. */
  start(): void {
    const { bornEpoch } = this.options
    if (bornEpoch > 0) for (const key of this.keys) void this.journal.fence(key, bornEpoch, ancestor)
    for (const name of nodeNames) this.startNode(name)
    for (const name of gatewayNames) this.startGateway(name)
  }

  /** Starts a node, in the place of an earlier life of it. One that cannot start is dead. */
  startNode(name: string): void {
    const node = new BenchNode(this, name)
    this.nodes.set(name, node)
    node.onDropped = (cause) => this.oracle.dropped(name, cause)
    node.start().catch(() => node.crash())
  }

  startGateway(name: string): void {
    const gateway = new BenchGateway(this, name)
    this.gateways.set(name, gateway)
    gateway.onPush = (push) => this.oracle.pushed(push, gateway.facts.incarnation)
    gateway.onDetached = (key, session, { status }) => this.oracle.trace.note(`detached ${key} ${session} ${status}`)
    gateway.onLost = (session, code) => this.oracle.lost(session, code)
    this.#cast.carriedBy?.(gateway, this.streamOf(`carried by ${name}`))
    gateway.start().catch(() => gateway.crash())
  }

  /** A process that has just started, and knows of no owner. */
  stranger(number: number): BenchGateway {
    return new BenchGateway(this, `stranger-${number}`)
  }

  /** A process beside the cluster that writes for actors without an owner. */
  guest(name: string): { readonly writer: GuestWriter<TallyWrite>; readonly process: BenchProcess } {
    const process = this.process(name)
    const journal = reached(process, this.journal, this.pathTo('postgres', name))
    const self = factsFor(this, name, 'worker')
    const { clock } = process
    const deps = { self, definitions: this.#cast.definitions, journal, clock, logger: silentLogger }
    return { writer: new GuestWriter(deps), process }
  }

  definitionsOf(node: MemberFacts, epochOf: (key: ActorKey) => number): readonly AnyDefinition<TallyWrite>[] {
    return this.#cast.definitions.map((each) => watchedDefinition(each, node, epochOf, this.oracle))
  }

  residentsOf(process: BenchProcess): ReadonlyMap<string, BeginResident> | undefined {
    return this.#cast.residentsOf?.(process)
  }

  freePort(): number {
    return (this.#ports += 1)
  }

  /** Randomness of one thing's own: what happens elsewhere does not change what it draws. */
  streamOf(name: string): SeededRandom {
    const known = this.#streams.get(name)
    if (known) return known
    const made = new SeededRandom(hashOf(`${this.#plan.seed} ${name}`))
    this.#streams.set(name, made)
    return made
  }

  process(name: string): BenchProcess {
    return new BenchProcess(this.time, this.options.clockRates[name] ?? 1)
  }

  pathTo(store: StoreName, process: string): StorePath {
    return this.weather.pathTo(store, process)
  }

  membershipOf(process: BenchProcess, name: string): WatchedMembership {
    const redis = reached(process, this.cluster, this.pathTo('redis', name))
    const watch = new WatchedView(() => Promise.resolve(redis.view()), { timers: process.timers, logger: silentLogger })
    return {
      view: () => watch.current,
      refresh: () => watch.refresh(),
      onChange: (listener) => watch.onChange(listener),
      revoke: (peer, incarnation) => redis.revoke(peer, incarnation),
      start: () => watch.start(),
      stop: () => watch.stop(),
    }
  }
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c_9dc5
  for (let at = 0; at < text.length; at += 1) hash = Math.imul(hash ^ text.charCodeAt(at), 0x0100_0193)
  return hash >>> 0
}
