import type { BenchNode } from '../support/bench-node.ts'
import type { ProcessId } from '../../protocol/ids.ts'
import type { BenchGateway } from '../support/bench-gateway.ts'
import { actorNames, gatewayNames, nodeNames, type Fault, type Trouble } from './plan.ts'
import type { SimWorld } from './world.ts'

/** Whoever died otherwise than by the plan is started anew after so long, ms. */
const backAfterMs = 250
const superviseEveryMs = 50

type Of<Kind extends Trouble['kind']> = Extract<Trouble, { readonly kind: Kind }>
const every = [...nodeNames, ...gatewayNames] as const
const asProcess = (name: string): ProcessId => name as ProcessId

/** Carries a plan's faults out, each at its time, and mends what they did. */
export class Storm {
  readonly #world: SimWorld
  readonly #mending = new Set<() => void>()
  /** When whoever is dead comes back. */
  readonly #backAt = new Map<string, number>()
  #isOver = false

  constructor(world: SimWorld) {
    this.#world = world
  }

  begin(faults: readonly Fault[]): void {
    const { time } = this.#world
    for (const fault of faults) {
      time.after(fault.atMs, () => {
        this.#world.oracle.trace.note(`fault ${fault.id} ${fault.kind}`)
        this.#strike(fault)
      })
    }
    time.every(superviseEveryMs, () => this.#supervise())
  }

  /** Everything is mended at once; whoever is dead comes back. */
  end(): void {
    this.#isOver = true
    for (const mend of [...this.#mending]) mend()
    this.#world.weather.clear()
  }

  #strike(fault: Trouble): void {
    const world = this.#world
    const { network, weather } = world
    switch (fault.kind) {
      case 'crash':
        this.#kill(fault.process, fault.backAfterMs)
        return
      case 'freeze':
        this.#freeze(fault)
        return
      case 'freeze_unheard':
        this.#life(fault.process)?.process.onceDone('hold', () => {
          if (!this.#isOver) this.#freeze(fault)
        })
        return
      case 'hand_off_revoked':
        this.#refuse(fault.process, 1_000)
        world.time.after(fault.afterMs, () => this.#handAllOff(fault))
        return
      case 'stop':
        this.#stop(fault)
        return
      case 'drain':
        this.#drain(fault)
        return
      case 'hand_off':
        this.#handOff(fault)
        return
      case 'cut':
        this.#cut(fault.from, fault.to, fault.isOneWay, fault.forMs)
        return
      case 'flap':
        this.#flap(fault)
        return
      case 'slow_links':
        this.#mendAfter(fault.forMs, weather.begin(`slow links ${fault.process}`, fault.byMs))
        return
      case 'slice_links':
        this.#mendAfter(fault.forMs, weather.begin(`slice links ${fault.process}`, fault.bytes))
        return
      case 'reset_links':
        network.breakLinks(asProcess(fault.from), asProcess(fault.to))
        return
      case 'refuse':
        this.#refuse(fault.process, fault.forMs)
        return
      case 'store_away':
        this.#mendAfter(fault.forMs, weather.begin(`away ${fault.store}${fault.process ? ` ${fault.process}` : ''}`))
        return
      case 'slow_store':
        this.#mendAfter(fault.forMs, weather.begin(`slow ${fault.store}`, fault.byMs))
        return
      case 'redis_fails_over':
        world.oracle.redisLost()
        world.redis.failOver(fault.lostMs)
        return
      case 'redis_empty':
        world.oracle.redisLost()
        world.redis.empty()
        return
      case 'append_unknown':
        this.#loseNextAppend(fault)
        return
      case 'late_appends':
        this.#delayAppends(fault)
        return
      case 'wall_clock_jumps':
        this.#life(fault.process)?.process.jumpWall(fault.byMs)
    }
  }

  #kill(name: string, afterMs: number): void {
    const life = this.#life(name)
    if (!life || life.process.isDead) return
    this.#backAt.set(name, this.#world.time.monotonicMs() + afterMs)
    life.crash()
  }

  #freeze({ process, forMs, timersAfterMs }: Pick<Of<'freeze'>, 'process' | 'forMs' | 'timersAfterMs'>): void {
    const life = this.#life(process)
    life?.freeze()
    this.#mendAfter(forMs, () => life?.thaw(timersAfterMs))
  }

  #stop({ process, backAfterMs: afterMs }: Of<'stop'>): void {
    const node = this.#world.nodes.get(process)
    if (!node?.process.isRunning) return
    const isOver = () => {
      this.#backAt.set(process, this.#world.time.monotonicMs() + afterMs)
      node.crash()
    }
    node.stop().then(isOver, isOver)
  }

  #drain({ process, forMs }: Of<'drain'>): void {
    const node = this.#world.nodes.get(process)
    if (!node?.process.isRunning) return
    void node.lease.announce('draining')
    void node.drain.run()
    this.#mendAfter(forMs, () => {
      if (!node.process.isRunning) return
      node.drain.callOff()
      void node.lease.announce('up')
    })
  }

  /** By whoever has it, to that node, whether or not that one can be reached. */
  #handOff({ actor, heir: name }: Of<'hand_off'>): void {
    const { keys } = this.#world
    const key = keys[actorNames.indexOf(actor) % keys.length]!
    const owner = this.#owners().find((node) => node.positionOf(key) !== null)
    const heir = this.#world.redis.view().get(asProcess(name))
    if (owner && heir && owner.name !== name) void owner.handOffs.handOff(key, heir)
  }

  #handAllOff({ process, heir: name }: Of<'hand_off_revoked'>): void {
    const owner = this.#world.nodes.get(process)
    const heir = this.#world.redis.view().get(asProcess(name))
    if (!owner?.process.isRunning || !heir || process === name) return
    for (const { key } of [...owner.host.actors()]) void owner.handOffs.handOff(key, heir)
  }

  #refuse(process: string, forMs: number): void {
    const { network } = this.#world
    network.refuse(asProcess(process))
    for (const other of every) network.breakLinks(asProcess(process), asProcess(other))
    this.#mendAfter(forMs, () => network.admit(asProcess(process)))
  }

  #cut(from: string, to: string, isOneWay: boolean, forMs: number): void {
    const { network } = this.#world
    if (isOneWay) network.cutWay(asProcess(from), asProcess(to))
    else network.cut(asProcess(from), asProcess(to))
    this.#mendAfter(forMs, () => network.heal(asProcess(from), asProcess(to)))
  }

  #flap(fault: Of<'flap'>): void {
    const { from, to, times, everyMs } = fault
    if (this.#isOver || times === 0) return
    this.#cut(from, to, times % 2 === 1, everyMs)
    this.#world.time.after(2 * everyMs, () => this.#flap({ ...fault, times: times - 1 }))
  }

  /** Its connection breaks under the next append: before the commit, or behind it. */
  #loseNextAppend({ process, isCommitted }: Of<'append_unknown'>): void {
    const node = this.#world.nodes.get(process)
    if (!node) return
    const append = node.journal.append.bind(node.journal)
    node.journal.append = async (entries) => {
      node.journal.append = append
      if (isCommitted) await append(entries)
      throw new Error('connection lost')
    }
  }

  /** They are on their way while the node is stopped; they come when others may have taken over. */
  #delayAppends({ process, byMs, forMs }: Of<'late_appends'>): void {
    const node = this.#world.nodes.get(process)
    if (!node?.process.isRunning) return
    const append = node.journal.append.bind(node.journal)
    node.journal.append = async (entries) => {
      await new Promise<void>((resolve) => this.#mendAfter(byMs, resolve))
      return append(entries)
    }
    this.#mendAfter(forMs, () => (node.journal.append = append))
    this.#world.time.after(30, () => this.#freeze({ process, forMs, timersAfterMs: 0 }))
  }

  #supervise(): void {
    const world = this.#world
    for (const name of every) {
      const life = this.#life(name)
      if (!life?.process.isDead) continue
      const nowMs = world.time.monotonicMs()
      const backAt = this.#backAt.get(name) ?? nowMs + backAfterMs
      this.#backAt.set(name, backAt)
      if (!this.#isOver && nowMs < backAt) continue
      this.#backAt.delete(name)
      if (world.nodes.has(name)) world.startNode(name)
      else world.startGateway(name)
    }
  }

  #owners(): BenchNode[] {
    return [...this.#world.nodes.values()].filter(({ process }) => process.isRunning)
  }

  #life(name: string): BenchNode | BenchGateway | undefined {
    return this.#world.nodes.get(name) ?? this.#world.gateways.get(name)
  }

  /** Also where it is done by the end of the storm. */
  #mendAfter(ms: number, mend: () => void): void {
    if (this.#isOver) {
      mend()
      return
    }
    const once = () => {
      if (this.#mending.delete(once)) mend()
    }
    this.#mending.add(once)
    this.#world.time.after(ms, once)
  }
}
