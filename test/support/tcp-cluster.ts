import { ActorHost } from '../../cluster/actor-runtime/host.ts'
import { Appender } from '../../cluster/actor-runtime/appender.ts'
import { HandOffs } from '../../cluster/actor-runtime/hand-off.ts'
import { LinkServer } from '../../cluster/actor-runtime/link-server.ts'
import type { BeginResident } from '../../cluster/actor-runtime/resident.ts'
import { LeaseKeeper } from '../../cluster/membership/lease-keeper.ts'
import { MemoryCluster } from '../../cluster/membership/memory-cluster.ts'
import type { MemberFacts, ProcessRole } from '../../cluster/membership/port.ts'
import type { Placement } from '../../cluster/placement/port.ts'
import { createPlacement } from '../../cluster/placement/rendezvous.ts'
import type { IncomingDatagram } from '../../cluster/routing/port.ts'
import { Router } from '../../cluster/routing/router.ts'
import type { PeerLink } from '../../cluster/transport/port.ts'
import { TcpTransport } from '../../cluster/transport/tcp.ts'
import type { LinkAuth } from '../../cluster/transport/tls-sockets.ts'
import { backgroundTimers, systemClock, systemRandom } from '../../bin/system-ports.ts'
import { MemoryActorJournal } from '../../persistence/journal/memory.ts'
import { factsFor } from './bench-node.ts'
import { freePorts } from './free-ports.ts'
import { silentLogger } from './silent-logger.ts'
import { tallyDefinition, type TallyWrite } from './tally-actor.ts'

const ports = { clock: systemClock, timers: backgroundTimers, logger: silentLogger }

/** A process of the cluster: its lease, what it sees, its way to actors. */
interface Process {
  readonly facts: MemberFacts
  readonly router: Router
  close(): Promise<void>
}

export interface TcpNode extends Process {
  readonly host: ActorHost<TallyWrite>
  readonly handOffs: HandOffs
  /** Every link that it took. */
  readonly accepted: PeerLink[]
}

export interface TcpGateway extends Process {
  readonly datagrams: IncomingDatagram[]
}

/** Tallies with residents on nodes of one process, by real time and over real sockets; what Redis and Postgres keep is in memory. */
export class TcpCluster {
  readonly #store = new MemoryCluster(systemClock)
  readonly #journal = new MemoryActorJournal<TallyWrite>(() => undefined)
  readonly #processes: Process[] = []
  readonly #auth: LinkAuth
  readonly #begin: BeginResident
  readonly #placement: Placement

  private constructor(auth: LinkAuth, begin: BeginResident, placement: Placement) {
    this.#auth = auth
    this.#begin = begin
    this.#placement = placement
  }

  static async open(auth: LinkAuth, begin: BeginResident): Promise<TcpCluster> {
    return new TcpCluster(auth, begin, await createPlacement())
  }

  view() {
    return this.#store.view()
  }

  /** Put together as in bin/processes/node.ts: one transport takes links and dials, and one router is for residents and hand-offs. */
  async node(name: string): Promise<TcpNode> {
    const self = await this.#facts(name, 'node')
    const { lease, transport, router, stop } = await this.#process(self)
    const links = new LinkServer({ ...ports, sink: () => host, lease })
    const host: ActorHost<TallyWrite> = new ActorHost<TallyWrite>(
      {
        ...ports,
        ...{ self, lease, directory: this.#store, journal: this.#journal },
        definitions: [tallyDefinition],
        appender: new Appender(this.#journal, backgroundTimers),
        observer: {
          activated: () => undefined,
          ownedElsewhere: () => undefined,
          dropped: () => undefined,
          dedupHit: () => undefined,
          counted: () => undefined,
          overflow: () => undefined,
          slowTurn: () => undefined,
        },
        options: { idleMs: 60_000 },
        residents: { kinds: new Map([[tallyDefinition.kind, this.#begin]]), router: () => router },
      },
      (key, epoch, targets, heir) => links.actorGone(key, epoch, targets, heir),
    )
    const handOffs = new HandOffs({
      ...ports,
      ...{ self, host, directory: this.#store, linkTo: (heir) => router.linkTo(heir) },
      observe: () => undefined,
    })
    const accepted: PeerLink[] = []
    await transport.listen('127.0.0.1', self.address?.port ?? 0, (link) => {
      accepted.push(link)
      links.accept(link)
    })
    await lease.announce('up')
    const close = async () => {
      host.abandon()
      await stop()
    }
    return this.#kept({ ...{ facts: self, router, host, handOffs, accepted }, close })
  }

  async gateway(name: string): Promise<TcpGateway> {
    const self = await this.#facts(name, 'gateway')
    const datagrams: IncomingDatagram[] = []
    const { lease, router, stop } = await this.#process(self, (datagram) => datagrams.push(datagram))
    await lease.announce('up')
    return this.#kept({ facts: self, router, datagrams, close: stop })
  }

  async close(): Promise<void> {
    await Promise.all(this.#processes.map((process) => process.close()))
  }

  async #facts(name: string, role: ProcessRole): Promise<MemberFacts> {
    const [port = 0] = role === 'node' ? await freePorts(1) : []
    return factsFor({ random: systemRandom, freePort: () => port }, name, role)
  }

  async #process(facts: MemberFacts, onDatagram?: (datagram: IncomingDatagram) => void) {
    const lease = new LeaseKeeper({ ...ports, facts, store: this.#store, random: systemRandom, load: () => 0 })
    await lease.start()
    const membership = this.#store.membership(backgroundTimers, silentLogger)
    await membership.start()
    const transport = new TcpTransport({ ...ports, ...this.#auth, self: facts })
    const router = new Router({
      ...ports,
      ...{ membership, transport, directory: this.#store, placement: this.#placement, random: systemRandom },
      observer: {
        asked: () => undefined,
        forwarded: () => undefined,
        staleFrame: () => undefined,
        recovered: () => undefined,
        detours: { opened: () => undefined, closed: () => undefined, failed: () => undefined },
      },
      onPush: () => undefined,
      ...(onDatagram ? { onDatagram } : {}),
    })
    const stop = async () => {
      await router.close()
      membership.stop()
      await lease.stop()
    }
    return { lease, transport, router, stop }
  }

  #kept<Each extends Process>(process: Each): Each {
    this.#processes.push(process)
    return process
  }
}
