import type { StorePath } from '../support/bench-process.ts'
import type { StoreName } from '../support/bench-world.ts'
import type { SeededRandom } from '../support/seeded-random.ts'

/** After so long without an answer a caller gives up, ms. Of Redis: its time-out. A broken connection to Postgres is noticed earlier. */
const patienceMs: Readonly<Record<StoreName, number>> = { redis: 400, postgres: 150 }
/** One delivery in so many is cut into pieces, in any weather. */
const slicedOneIn = 64

/** What the ways between processes and stores are like now. Each way draws from a stream of its own. */
export class Weather {
  readonly #streamOf: (name: string) => SeededRandom
  /** How many troubles a thing is under, or how much they come to. */
  readonly #troubles = new Map<string, number[]>()

  constructor(streamOf: (name: string) => SeededRandom) {
    this.#streamOf = streamOf
  }

  /** Gives what ends it. It may overlap with others of its name; the worst of them counts. */
  begin(trouble: string, much = 1): () => void {
    const all = this.#troubles.get(trouble) ?? []
    this.#troubles.set(trouble, all)
    all.push(much)
    return () => {
      const at = all.indexOf(much)
      if (at >= 0) all.splice(at, 1)
    }
  }

  /** All of it is over. */
  clear(): void {
    for (const all of this.#troubles.values()) all.length = 0
  }

  pathTo(store: StoreName, process: string): StorePath {
    const random = this.#streamOf(`${store} ${process}`)
    return {
      latencyMs: () => random.between(1, 8) + random.below(1 + this.#worst(`slow ${store}`)),
      isAway: () => this.#worst(`away ${store}`) > 0 || this.#worst(`away ${store} ${process}`) > 0,
      patienceMs: patienceMs[store],
    }
  }

  /** From one process to another, one way, ms. */
  linkMs(from: string, to: string): number {
    const random = this.#streamOf(`${from} ${to}`)
    const slow = Math.max(this.#worst(`slow links ${from}`), this.#worst(`slow links ${to}`))
    return 1 + random.below(3) + random.below(1 + slow)
  }

  pieceBytes(from: string, to: string): number {
    const random = this.#streamOf(`${from} ${to}`)
    const bytes = this.#least(`slice links ${from}`, `slice links ${to}`)
    if (bytes !== null) return 1 + random.below(bytes)
    return random.below(slicedOneIn) === 0 ? 1 + random.below(200) : Number.POSITIVE_INFINITY
  }

  #worst(trouble: string): number {
    const all = this.#troubles.get(trouble)
    return all && all.length > 0 ? Math.max(...all) : 0
  }

  #least(...troubles: readonly string[]): number | null {
    const all = troubles.flatMap((trouble) => this.#troubles.get(trouble) ?? [])
    return all.length > 0 ? Math.min(...all) : null
  }
}
