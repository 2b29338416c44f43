import type { BenchNode } from './bench-node.ts'
import type { MemoryClusterBench } from './memory-cluster-bench.ts'
import type { SeededRandom } from './seeded-random.ts'

/** What goes wrong with a cluster, at random, until it is told to stop. Nodes that end are started anew. */
export class RandomFaults {
  readonly log: string[] = []
  readonly #bench: MemoryClusterBench
  readonly #random: SeededRandom
  /** The present life of each node. */
  readonly #lives = new Map<string, BenchNode>()
  readonly #mending = new Set<() => void>()
  #isOver = false

  constructor(bench: MemoryClusterBench, random: SeededRandom) {
    this.#bench = bench
    this.#random = random
    for (const node of bench.nodes) this.#lives.set(node.name, node)
  }

  begin(): void {
    const next = () =>
      this.#bench.time.after(this.#random.between(50, 700), () => {
        if (this.#isOver) return
        this.#strike()
        next()
      })
    next()
    this.#bench.time.every(200, () => this.#restartTheDead())
  }

  /** Everything is mended at once; nodes that are dead come back. */
  end(): void {
    this.#isOver = true
    for (const mend of [...this.#mending]) mend()
  }

  #strike(): void {
    const node = this.#random.pick([...this.#lives.values()])
    const gateway = this.#random.pick(this.#bench.gateways)
    const [a, b] = [gateway.facts.process, node.facts.process]
    const { network } = this.#bench
    const faults: Record<string, () => void> = {
      crash: () => node.crash(),
      stop: () => {
        if (node.process.isRunning) void node.stop().then(() => node.crash())
      },
      freeze: () => {
        node.freeze()
        this.#mendAfter(this.#random.between(200, 6_000), () => node.thaw())
      },
      'break links': () => network.breakLinks(a, b),
      cut: () => {
        network.cut(a, b)
        this.#mendAfter(this.#random.between(100, 2_500), () => network.heal(a, b))
      },
      'no directory': () => {
        gateway.beforeResolve = () => {
          throw new Error('Redis is away')
        }
        this.#mendAfter(this.#random.between(100, 1_500), () => (gateway.beforeResolve = () => undefined))
      },
      'append unknown': () => this.#loseNextAppend(node),
      'append of the dead': () => this.#delayAppends(node),
      'hand off': () => this.#handSomethingOff(node),
    }
    const fault = this.#random.pick(Object.keys(faults))
    this.log.push(`${this.#bench.time.monotonicMs()} ms: ${fault} (${node.name}, ${gateway.facts.process})`)
    faults[fault]?.()
  }

  /** To any other node, whether or not that one can be reached. */
  #handSomethingOff(node: BenchNode): void {
    const actors = [...node.host.actors()]
    const heirs = this.#bench.cluster
      .view()
      .nodes()
      .filter(({ process }) => process !== node.facts.process)
    if (actors.length === 0 || heirs.length === 0 || !node.process.isRunning) return
    void node.handOffs.handOff(this.#random.pick(actors).key, this.#random.pick(heirs))
  }

  /** Its connection breaks under the next append: before the commit, or behind it. */
  #loseNextAppend(node: BenchNode): void {
    const append = node.journal.append.bind(node.journal)
    const isCommitted = this.#random.below(2) === 0
    node.journal.append = async (entries) => {
      node.journal.append = append
      if (isCommitted) await append(entries)
      throw new Error('connection lost')
    }
  }

  /** It dies while its appends are still on their way; they come when others may have taken over. */
  #delayAppends(node: BenchNode): void {
    const { time } = this.#bench
    const append = node.journal.append.bind(node.journal)
    node.journal.append = async (entries) => {
      await new Promise<void>((resolve) => void time.after(this.#random.between(250, 1_500), resolve))
      return append(entries)
    }
    time.after(200, () => node.crash())
  }

  #mendAfter(ms: number, mend: () => void): void {
    const once = () => {
      if (this.#mending.delete(once)) mend()
    }
    this.#mending.add(once)
    this.#bench.time.after(ms, once)
  }

  #restartTheDead(): void {
    for (const [name, node] of this.#lives) {
      if (!node.process.isDead || (!this.#isOver && this.#random.below(4) > 0)) continue
      this.#lives.set(name, this.#bench.startLater(name))
    }
  }
}
