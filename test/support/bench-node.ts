import { ActorHost } from '../../cluster/actor-runtime/host.ts'
import { DirectoryRepair } from '../../cluster/actor-runtime/directory-repair.ts'
import { Drain } from '../../cluster/actor-runtime/drain.ts'
import { HandOffs, type HandOffOutcome } from '../../cluster/actor-runtime/hand-off.ts'
import type { DropCause } from '../../cluster/actor-runtime/cell.ts'
import { LinkServer } from '../../cluster/actor-runtime/link-server.ts'
import type { LeaseKeeper } from '../../cluster/membership/lease-keeper.ts'
import { liveNode } from '../../cluster/membership/live-node.ts'
import type { LeaseGuard, Life, MemberFacts, ProcessRole } from '../../cluster/membership/port.ts'
import { placementVersion } from '../../cluster/placement/rendezvous.ts'
import { Router } from '../../cluster/routing/router.ts'
import type { PassageObserver, PeerLink, Transport } from '../../cluster/transport/port.ts'
import type { ActorJournal } from '../../persistence/journal/port.ts'
import type { CommandResult } from '../../protocol/cluster/results.ts'
import type { ActorKey, Incarnation, ProcessId } from '../../protocol/ids.ts'
import { reached, type BenchProcess } from './bench-process.ts'
import type { BenchWorld, WatchedMembership } from './bench-world.ts'
import { silentLogger } from './silent-logger.ts'
import type { TallyWrite } from './tally-actor.ts'

/** What a process of the bench tells of itself. */
export const factsFor = (
  bench: Pick<BenchWorld, 'random' | 'freePort'>,
  name: string,
  role: ProcessRole,
): MemberFacts => ({
  process: name as ProcessId,
  incarnation: bench.random.uuid() as Incarnation,
  role,
  pid: 1,
  address: role === 'node' ? { host: '127.0.0.1', port: bench.freePort() } : null,
  adminPort: 1,
  hostLabel: 'here',
  region: null,
  protocol: { min: 1, max: 1 },
  placementVersion,
  weight: 1,
  startedAtMs: 0,
})

/** One life of a node, put together as the real one is. */
export class BenchNode {
  readonly name: string
  readonly facts: MemberFacts
  readonly process: BenchProcess
  readonly host: ActorHost<TallyWrite>
  readonly links: LinkServer
  readonly lease: LeaseKeeper
  /** Replace a method to have the journal of this node do something else. */
  readonly journal: ActorJournal<TallyWrite>
  /** What it dropped, and why. */
  readonly drops: DropCause[] = []
  /** Told of each. */
  onDropped: (cause: DropCause) => void = () => undefined
  readonly accepted: PeerLink[] = []
  /** Links between two others that run through here now. */
  passages = 0
  readonly overflows: number[] = []
  /** Pushes it could not send, and why. */
  readonly shedPushes: string[] = []
  readonly handOffs: HandOffs
  /** What its hand-offs came to. */
  readonly handedOff: { readonly outcome: HandOffOutcome; readonly pausedMs: number }[] = []
  readonly drain: Drain
  /** By which what lives beside its actors reaches others; null where nothing does. */
  readonly #router: Router | null
  readonly #bench: BenchWorld
  readonly #repair: DirectoryRepair
  readonly #membership: WatchedMembership
  readonly #transport: Transport

  constructor(bench: BenchWorld, name: string) {
    this.#bench = bench
    this.name = name
    this.facts = bench.parts.facts(factsFor(bench, name, 'node'))
    const process = bench.process(name)
    this.process = process
    const { clock, timers } = process
    const residents = bench.residentsOf(process)
    const logger = bench.options.logger ?? silentLogger
    const directory = reached(process, bench.cluster, bench.pathTo('redis', name))
    const record = bench.pathTo('postgres', name)
    this.#transport = bench.network.transport(this.facts)
    const nodeLeases = reached(process, bench.nodeLeases, record)
    this.lease = bench.parts.leaseKeeper({
      facts: this.facts,
      store: directory,
      clock,
      timers,
      random: bench.random,
      logger,
      load: () => this.host.owned,
      fallback: {
        hold: (leaseMs) => nodeLeases.hold(this.facts, leaseMs),
        end: async () => {
          await this.#repair.all()
          await nodeLeases.release(this.facts)
        },
      },
    })
    const isRunning = () => process.isRunning
    const held: LeaseGuard = {
      holds: () => process.isRunning && this.lease.holds(),
      leftMs: () => this.lease.leftMs(),
    }
    const lease = bench.parts.guard(held, isRunning)
    this.journal = { ...bench.journal }
    const journal = reached(process, this.journal, record)
    this.links = new LinkServer({
      observer: { pushShed: (cause) => this.shedPushes.push(cause) },
      sink: () => this.host,
      clock,
      lease,
      logger,
    })
    this.host = new ActorHost<TallyWrite>(
      {
        self: this.facts,
        definitions: bench.definitionsOf(this.facts, (key) => this.positionOf(key)?.epoch ?? 0),
        directory,
        journal,
        appender: bench.parts.appender(journal, timers),
        lease,
        clock,
        timers,
        logger,
        observer: {
          activated: () => undefined,
          ownedElsewhere: () => undefined,
          dropped: (cause) => {
            this.drops.push(cause)
            this.onDropped(cause)
          },
          dedupHit: () => undefined,
          counted: () => undefined,
          overflow: () => this.overflows.push(1),
          slowTurn: () => undefined,
        },
        options: { idleMs: 60_000, ...bench.options },
        ...(residents ? { residents: { kinds: residents, router: () => this.#router! } } : {}),
        ...(bench.options.takesJoins ? { takesJoins: bench.options.takesJoins } : {}),
      },
      (key, epoch, targets, heir) => this.links.actorGone(key, epoch, targets, heir),
    )
    this.#repair = new DirectoryRepair({
      ...{ self: this.facts, directory, clock, timers, logger },
      owned: () => this.host.actors(),
      lost: (key, epoch) => {
        this.host.supersede(key, epoch)
      },
    })
    this.#membership = bench.membershipOf(process, name)
    this.#router = !residents
      ? null
      : new Router({
          membership: this.#membership,
          ...{ directory, clock, timers, logger, placement: bench.placement, random: bench.random },
          transport: this.#transport,
          observer: {
            asked: () => undefined,
            forwarded: () => undefined,
            staleFrame: () => undefined,
            recovered: () => undefined,
            detours: { opened: () => undefined, closed: () => undefined, failed: () => undefined },
          },
          onPush: () => undefined,
        })
    this.handOffs = new HandOffs({
      self: this.facts,
      host: bench.parts.pausing(this.host),
      directory,
      linkTo: (heir) => this.#transport.dial(heir, 500),
      clock,
      logger,
      observe: (outcome, pausedMs) => void this.handedOff.push({ outcome, pausedMs }),
    })
    this.drain = new Drain({
      self: this.facts.process,
      host: this.host,
      handOffs: this.handOffs,
      placement: bench.placement,
      membership: this.#membership,
      clock,
      logger,
    })
    // As the real one does: what it held is not its own any more, and it ends.
    this.lease.onLost(() => {
      this.host.abandon()
      this.crash()
    })
  }

  async start(): Promise<void> {
    await this.lease.start()
    await this.#membership.start()
    this.#repair.watch(this.#membership)
    const { host, port } = this.facts.address!
    const onLink = (link: PeerLink) => {
      this.accepted.push(link)
      this.links.accept(link)
    }
    const find = (life: Life) => liveNode(this.#membership.view(), life)
    const observer: PassageObserver = {
      opened: () => void (this.passages += 1),
      closed: () => void (this.passages -= 1),
      refused: () => undefined,
      carried: () => undefined,
    }
    await this.#transport.listen(host, port, onLink, { find, observer })
    await this.lease.announce('up')
  }

  positionOf(key: ActorKey): { readonly epoch: number; readonly seq: number; readonly sessions: number } | null {
    for (const { sinceMs: _, ...actor } of this.host.actors()) if (actor.key === key) return actor
    return null
  }

  /** Hands the host a command as if a link had brought it; gives the results, and who it said owns the actor. */
  dispatch(
    key: ActorKey,
    command: Partial<Parameters<ActorHost<TallyWrite>['dispatch']>[1]> &
      Pick<Parameters<ActorHost<TallyWrite>['dispatch']>[1], 'id' | 'command'>,
  ): unknown[] {
    const heard: unknown[] = []
    this.host.dispatch(key, {
      activate: true,
      deadlineMs: Number.POSITIVE_INFINITY,
      answer: (result: CommandResult) => heard.push(result),
      notOwner: (owner) => heard.push({ notOwner: owner }),
      ...command,
    })
    return heard
  }

  /** What SIGKILL does. */
  crash(): void {
    if (this.process.isDead) return
    if (!this.process.isRunning) this.#bench.network.thaw(this.facts.process)
    this.process.kill()
    this.#bench.network.crash(this.facts.process)
  }

  /** What SIGSTOP does. */
  freeze(): void {
    if (!this.process.isRunning) return
    this.process.freeze()
    this.#bench.network.freeze(this.facts.process)
  }

  /** What SIGCONT does. Its overdue timers fire `timersAfterMs` later. */
  thaw(timersAfterMs = 0): void {
    if (this.process.isRunning || this.process.isDead) return
    this.process.thaw(timersAfterMs)
    this.#bench.network.thaw(this.facts.process)
  }

  /** What SIGTERM does. */
  async stop(): Promise<void> {
    await this.lease.announce('draining')
    await this.drain.run()
    await this.host.stop()
    this.#membership.stop()
    this.links.closeAll('stopping')
    await this.lease.stop()
    await (this.#router ?? this.#transport).close()
  }
}
