import type { ActorKey } from '../../protocol/ids.ts'

/**
 * Actors that wait to be loaded, those with most commands waiting first: after a node was lost these are the rooms with
 * most sessions. Actors whose commands differ by less than a factor of two go in the order they came, so that taking one
 * costs the same however many wait.
 */
export class ActivationQueue {
  readonly #max: number
  /** By the power of two that the number of waiting commands has reached. */
  readonly #ranks: Map<ActorKey, true>[] = []
  readonly #rankOf = new Map<ActorKey, number>()

  /** `max`: actors that may wait. */
  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#rankOf.size
  }

  /** False: as many wait as may. */
  add(key: ActorKey, commands: number): boolean {
    if (this.#rankOf.size >= this.#max) return false
    this.#put(key, rankFor(commands))
    return true
  }

  /** So many commands wait for the actor by now. Nothing happens where the actor itself does not wait any more. */
  grew(key: ActorKey, commands: number): void {
    const before = this.#rankOf.get(key)
    const rank = rankFor(commands)
    if (before === undefined || before === rank) return
    this.#ranks[before]?.delete(key)
    this.#put(key, rank)
  }

  take(): ActorKey | undefined {
    for (let rank = this.#ranks.length - 1; rank >= 0; rank -= 1) {
      const [first] = this.#ranks[rank]?.keys() ?? []
      if (first === undefined) continue
      this.#ranks[rank]?.delete(first)
      this.#rankOf.delete(first)
      return first
    }
    return undefined
  }

  #put(key: ActorKey, rank: number): void {
    while (this.#ranks.length <= rank) this.#ranks.push(new Map())
    this.#ranks[rank]?.set(key, true)
    this.#rankOf.set(key, rank)
  }
}

const rankFor = (commands: number): number => (commands < 2 ? 0 : Math.floor(Math.log2(commands)))
