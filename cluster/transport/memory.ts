import type { Clock, Logger, Timers } from '../../protocol/ports.ts'
import type { ProcessId } from '../../protocol/ids.ts'
import type { Member } from '../membership/port.ts'
import { maxHandShakeBytes, type LinkSelf } from './hand-shake.ts'
import { bySecret, Introductions, type IntroductionDeps, type Passer, type WireProof } from './introductions.ts'
import { MemoryWire, type Medium } from './memory-wire.ts'
import { Passages } from './passages.ts'
import { DialError, type PassagePolicy, type PeerLink, type Transport } from './port.ts'

export interface MemoryNetworkOptions {
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
  /** From one process to another, ms; asked for each delivery. Default 0: in the next turn. */
  readonly latencyMs?: number | ((from: ProcessId, to: ProcessId) => number)
  /** Bytes that arrive at once at the most; asked for each delivery. Default: all that was written. */
  readonly pieceBytes?: (from: ProcessId, to: ProcessId) => number
}

interface Port {
  readonly owner: ProcessId
  readonly take: (wire: MemoryWire) => void
}

interface Stretch {
  readonly from: ProcessId
  readonly to: ProcessId
  readonly ends: readonly [MemoryWire, MemoryWire]
}

const wayOf = (from: ProcessId, to: ProcessId) => `${from} ${to}`
const refused = () => Object.assign(new Error('nobody listens there'), { code: 'ECONNREFUSED' })

/**
 * A network in memory, on time that is handed in: for unit tests and the simulator. Hand-shake, lanes, beat and bounds
 * are those of TCP; only the bytes travel otherwise. Its verbs are what goes wrong with networks.
 */
export class MemoryNetwork {
  readonly #options: MemoryNetworkOptions
  readonly #ports = new Map<string, Port>()
  readonly #stretches = new Set<Stretch>()
  readonly #cuts = new Set<string>()
  readonly #refusing = new Set<ProcessId>()
  readonly #frozen = new Set<ProcessId>()
  readonly #knocking = new Map<() => void, ProcessId>()
  readonly #transports = new Set<MemoryTransport>()
  #nextPort = 40_000

  constructor(options: MemoryNetworkOptions) {
    this.#options = options
  }

  /** A process's way into this network. Processes with different secrets do not link. */
  transport(self: LinkSelf, secret = 'the secret of the cluster'): Transport {
    const transport = new MemoryTransport(this, { self, ...this.#options }, bySecret(secret))
    this.#transports.add(transport)
    return transport
  }

  /** Nothing passes between the two until `heal`. Links stay open, dials time out. */
  cut(a: ProcessId, b: ProcessId): void {
    this.cutWay(a, b)
    this.cutWay(b, a)
  }

  /** Nothing gets from one to the other until `heal`; what the other says still arrives. */
  cutWay(from: ProcessId, to: ProcessId): void {
    this.#cuts.add(wayOf(from, to))
  }

  heal(a: ProcessId, b: ProcessId): void {
    this.#cuts.delete(wayOf(a, b))
    this.#cuts.delete(wayOf(b, a))
    this.#retry()
  }

  /** Dials to the process are refused until `admit`, though it lives: what a proxy before it may do. Its links stay. */
  refuse(process: ProcessId): void {
    this.#refusing.add(process)
  }

  admit(process: ProcessId): void {
    this.#refusing.delete(process)
  }

  /** Nothing reaches the process or leaves it until `thaw`, as if it had been stopped. */
  freeze(process: ProcessId): void {
    this.#frozen.add(process)
  }

  thaw(process: ProcessId): void {
    this.#frozen.delete(process)
    this.#retry()
  }

  /** Resets every link between the two. They may dial anew. */
  breakLinks(a: ProcessId, b: ProcessId): void {
    for (const { from, to, ends } of [...this.#stretches]) {
      if ((from === a && to === b) || (from === b && to === a)) ends[0].reset()
    }
  }

  /** What the machine does for a process that was killed: its links are reset, its ports refuse, its dials are given up. */
  crash(process: ProcessId): void {
    for (const transport of [...this.#transports]) if (transport.die(process)) this.#transports.delete(transport)
    for (const [knock, from] of [...this.#knocking]) if (from === process) this.#knocking.delete(knock)
    for (const [address, port] of [...this.#ports]) if (port.owner === process) this.#ports.delete(address)
    for (const { from, to, ends } of [...this.#stretches]) if (from === process || to === process) ends[0].reset()
  }

  /** The dialer's end of a wire. Whether anybody listens shows when word gets there. */
  connect(from: ProcessId, target: Member, address: string): MemoryWire {
    const to = target.process
    const near = new MemoryWire(this.#medium(from, to), maxHandShakeBytes)
    const knock = () => {
      if (this.#isBlocked(from, to) || this.#isBlocked(to, from) || !this.#knocking.delete(knock)) return
      const port = this.#ports.get(address)
      if (!port || this.#refusing.has(to)) {
        near.fail(refused())
        return
      }
      const far = new MemoryWire(this.#medium(to, from), maxHandShakeBytes)
      const stretch: Stretch = { from, to: port.owner, ends: [near, far] }
      this.#stretches.add(stretch)
      // Until both ends are gone: one that is cut off has to be told later.
      let open = 2
      for (const end of stretch.ends) end.onClosed(() => (open -= 1) || this.#stretches.delete(stretch))
      port.take(far)
      MemoryWire.join(near, far)
    }
    this.#knocking.set(knock, from)
    near.onClosed(() => this.#knocking.delete(knock))
    const { timers } = this.#options
    timers.after(this.#latencyMs(from, to), knock)
    return near
  }

  /** Rejects a port that is taken; gives one for 0. */
  bind(host: string, port: number, entry: Port): number {
    const bound = port === 0 ? this.#nextPort++ : port
    const address = `${host}:${bound}`
    if (this.#ports.has(address)) throw Object.assign(new Error(`${address} is taken`), { code: 'EADDRINUSE' })
    this.#ports.set(address, entry)
    return bound
  }

  unbind(entry: Port): void {
    for (const [address, port] of [...this.#ports]) if (port === entry) this.#ports.delete(address)
  }

  #medium(from: ProcessId, to: ProcessId): Medium {
    return {
      timers: this.#options.timers,
      latencyMs: () => this.#latencyMs(from, to),
      pieceBytes: () => this.#options.pieceBytes?.(from, to) ?? Number.POSITIVE_INFINITY,
      isBlocked: () => this.#isBlocked(from, to),
    }
  }

  #latencyMs(from: ProcessId, to: ProcessId): number {
    const { latencyMs = 0 } = this.#options
    return typeof latencyMs === 'number' ? latencyMs : latencyMs(from, to)
  }

  #isBlocked(from: ProcessId, to: ProcessId): boolean {
    return this.#frozen.has(from) || this.#frozen.has(to) || this.#cuts.has(wayOf(from, to))
  }

  #retry(): void {
    for (const knock of [...this.#knocking.keys()]) knock()
    for (const { ends } of this.#stretches) for (const end of ends) end.retry()
  }
}

class MemoryTransport implements Transport {
  readonly #network: MemoryNetwork
  readonly #self: LinkSelf
  readonly #deps: IntroductionDeps
  readonly #introductions: Introductions
  readonly #proof: WireProof
  #port: Port | null = null
  #isDead = false

  constructor(network: MemoryNetwork, deps: IntroductionDeps, proof: WireProof) {
    this.#network = network
    this.#self = deps.self
    this.#deps = deps
    this.#introductions = new Introductions(deps)
    this.#proof = proof
  }

  /** Where it is that process's: what a killed process still had in mind to dial, it does not. Says whether it was. */
  die(process: ProcessId): boolean {
    this.#isDead ||= this.#self.process === process
    return this.#isDead
  }

  dial(target: Member, timeoutMs: number): Promise<PeerLink> {
    if (this.#isDead || this.#introductions.isClosed || target.address === null)
      return Promise.reject(new DialError('other'))
    const wire = this.#connect(target)
    return this.#introductions.dial(wire, this.#proof, target, timeoutMs, null)
  }

  async dialThrough(way: Member, target: Member, timeoutMs: number): Promise<PeerLink> {
    if (this.#isDead || this.#introductions.isClosed || way.address === null) throw new DialError('other')
    const untilMs = this.#deps.clock.monotonicMs() + timeoutMs
    const wire = this.#connect(way)
    await this.#introductions.passThrough(wire, this.#proof, way, target, timeoutMs)
    const leftMs = Math.max(1, untilMs - this.#deps.clock.monotonicMs())
    return this.#introductions.dial(wire, this.#proof, target, leftMs, way.process)
  }

  async listen(host: string, port: number, onLink: (link: PeerLink) => void, policy?: PassagePolicy): Promise<number> {
    if (this.#introductions.isClosed || this.#port) throw new Error('the transport listens already, or is closed')
    const passages = policy && new Passages({ ...this.#deps, policy, connect: (member) => this.#connect(member) })
    const reception = { link: onLink, passage: passages && ((passer: Passer) => passages.take(passer)) }
    const take = (wire: MemoryWire) => this.#introductions.answer(wire, this.#proof, this.#self.process, reception)
    const entry = { owner: this.#self.process, take }
    const bound = await Promise.resolve(this.#network.bind(host, port, entry))
    this.#port = entry
    return bound
  }

  #connect(target: Member): MemoryWire {
    const { host, port } = target.address ?? { host: '', port: 0 }
    const wire = this.#network.connect(this.#self.process, target, `${host}:${port}`)
    this.#introductions.keep(wire)
    return wire
  }

  close(): Promise<void> {
    if (this.#port) this.#network.unbind(this.#port)
    return this.#introductions.close()
  }
}
