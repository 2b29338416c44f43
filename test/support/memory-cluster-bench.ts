import assert from 'node:assert/strict'
import type { AnyDefinition } from '../../cluster/actor-runtime/definition.ts'
import type { BeginResident } from '../../cluster/actor-runtime/resident.ts'
import { MemoryCluster } from '../../cluster/membership/memory-cluster.ts'
import { createPlacement } from '../../cluster/placement/rendezvous.ts'
import type { Placement } from '../../cluster/placement/port.ts'
import { MemoryNetwork } from '../../cluster/transport/memory.ts'
import { MemoryActorJournal } from '../../persistence/journal/memory.ts'
import type { ActorJournal, JournalEntry, LoadedActor } from '../../persistence/journal/port.ts'
import { MemoryNodeLeases } from '../../persistence/node-leases/memory.ts'
import type { ActorKey, SessionId } from '../../protocol/ids.ts'
import type { Random } from '../../protocol/ports.ts'
import { BenchGateway } from './bench-gateway.ts'
import { BenchNode } from './bench-node.ts'
import { BenchProcess, type StorePath } from './bench-process.ts'
import { engineParts, type BenchOptions, type BenchWorld, type WatchedMembership } from './bench-world.ts'
import { countingRandom, ManualTime, settle } from './manual-time.ts'
import { silentLogger } from './silent-logger.ts'
import { tallyDefinition, type TallyWrite } from './tally-actor.ts'

/** A number as a session's id. */
export const sessionNumber = (number: number): SessionId =>
  `00000000-0000-4000-9000-${number.toString(16).padStart(12, '0')}` as SessionId

/** A whole cluster in memory, on time that stands still until it is moved. */
export class MemoryClusterBench implements BenchWorld {
  readonly time = new ManualTime()
  readonly cluster = new MemoryCluster(this.time)
  readonly network: MemoryNetwork
  readonly random: Random
  readonly placement: Placement
  readonly options: BenchOptions
  readonly nodeLeases: MemoryNodeLeases
  readonly parts = engineParts
  readonly #storePath: StorePath
  #ports = 20_000
  readonly definitions: readonly AnyDefinition<TallyWrite>[]
  /** Every entry that was ever committed, in the order of the commits. */
  readonly committed: JournalEntry<TallyWrite>[] = []
  /** Who was ever given an epoch, in the order of the grants. */
  readonly granted: { readonly key: ActorKey; readonly epoch: number }[] = []
  /** Entries that were committed though another epoch was in force: there must be none. */
  readonly trespasses: JournalEntry<TallyWrite>[] = []
  /** The journal itself. Processes reach it over a network. */
  readonly journal: ActorJournal<TallyWrite>
  readonly nodes: BenchNode[] = []
  readonly gateways: BenchGateway[] = []

  private constructor(options: BenchOptions, placement: Placement) {
    this.options = options
    this.placement = placement
    this.definitions = options.definitions ?? [options.definition ?? tallyDefinition]
    this.random = options.random ?? countingRandom()
    const { time } = this
    this.nodeLeases = new MemoryNodeLeases(time)
    this.#storePath = { latencyMs: options.storeLatencyMs ?? (() => 0), isAway: () => false, patienceMs: 0 }
    this.network = new MemoryNetwork({
      clock: time,
      timers: time,
      logger: silentLogger,
      latencyMs: options.latencyMs ?? 0,
    })
    this.journal = this.#watched(
      new MemoryActorJournal<TallyWrite>(
        () => undefined,
        (incarnation) => this.nodeLeases.isHeld(incarnation),
      ),
    )
  }

  static async open(options: BenchOptions = {}): Promise<MemoryClusterBench> {
    return new MemoryClusterBench(options, await createPlacement())
  }

  definitionsOf(): readonly AnyDefinition<TallyWrite>[] {
    return this.definitions
  }

  residentsOf(): ReadonlyMap<string, BeginResident> | undefined {
    return this.options.residents
  }

  freePort(): number {
    return (this.#ports += 1)
  }

  process(): BenchProcess {
    return new BenchProcess(this.time)
  }

  pathTo(): StorePath {
    return this.#storePath
  }

  membershipOf({ timers }: BenchProcess): WatchedMembership {
    return this.cluster.membership(timers, silentLogger)
  }

  async node(name: string): Promise<BenchNode> {
    const node = new BenchNode(this, name)
    this.nodes.push(node)
    await this.done(node.start())
    for (const gateway of this.gateways) await this.done(gateway.membership.refresh())
    return node
  }

  /** Starts a node without waiting for it. One that cannot start is dead. */
  startLater(name: string): BenchNode {
    const node = new BenchNode(this, name)
    this.nodes.push(node)
    node.start().catch(() => node.crash())
    return node
  }

  async gateway(name: string): Promise<BenchGateway> {
    const gateway = new BenchGateway(this, name)
    this.gateways.push(gateway)
    await this.done(gateway.start())
    return gateway
  }

  /** The node that has the actor in memory. */
  ownerOf(key: ActorKey): BenchNode {
    const owners = this.nodes.filter((node) => !node.process.isDead && node.positionOf(key) !== null)
    const owner = owners[0]
    assert.ok(owner, `nobody has ${key} in memory`)
    return owner
  }

  loaded(key: ActorKey): Promise<LoadedActor> {
    return this.journal.load(key)
  }

  /** Committed entries of one actor. */
  entriesOf(key: ActorKey): JournalEntry<TallyWrite>[] {
    return this.committed.filter((entry) => entry.key === key)
  }

  /** Lets time pass until it is true; fails with the reason. */
  async until(reason: string, check: () => boolean, withinMs = 10_000): Promise<void> {
    const untilMs = this.time.monotonicMs() + withinMs
    await settle()
    while (!check()) {
      assert.ok(this.time.monotonicMs() < untilMs, `${withinMs} ms passed until ${reason}`)
      await this.time.advance(1)
    }
  }

  /** Lets time pass until it is settled. */
  async done<Value>(promise: Promise<Value>, withinMs = 70_000): Promise<Value> {
    let settled = false
    const mark = () => void (settled = true)
    promise.then(mark, mark)
    await this.until('the promise settled', () => settled, withinMs)
    return promise
  }

  #epochInForce(key: ActorKey): number {
    return this.granted.findLast((grant) => grant.key === key)?.epoch ?? 0
  }

  #watched(journal: ActorJournal<TallyWrite>): ActorJournal<TallyWrite> {
    return {
      fence: async (key, epoch, claimant, handed) => {
        const fence = await journal.fence(key, epoch, claimant, handed)
        if (fence.granted) this.granted.push({ key, epoch })
        return fence
      },
      load: (key) => journal.load(key),
      epochOf: (key) => journal.epochOf(key),
      saveSnapshot: (...told) => journal.saveSnapshot(...told),
      append: async (entries) => {
        const outcomes = await journal.append(entries)
        const committed = entries.filter((_, index) => outcomes[index]?.outcome === 'committed')
        this.committed.push(...committed)
        this.trespasses.push(...committed.filter(({ key, epoch }) => epoch !== this.#epochInForce(key)))
        return outcomes
      },
      guestAppend: async (key, claimant, decide) => {
        const made: (JournalEntry<TallyWrite> | null)[] = []
        const outcome = await journal.guestAppend(key, claimant, (...told) => {
          const entry = decide(...told)
          made.push(entry)
          return entry
        })
        for (const entry of made) {
          if (!entry || outcome.outcome !== 'committed') continue
          this.committed.push(entry)
          this.granted.push({ key, epoch: entry.epoch })
        }
        return outcome
      },
    }
  }
}
