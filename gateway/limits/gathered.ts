import type { Clock } from '../../protocol/ports.ts'
import type { CounterOptions } from './counts.ts'

/** Of a budget so many are gathered before they are told: this part of it. */
const gatheredShare = 1 / 10
/** Keys of one limit that are gathered for; with one more all begin anew, and what was gathered is not counted. */
const maxKeysGathered = 50_000

/**
 * What a gateway counts without a word to the others until it is a tenth of the budget: who stays below that in a window costs
 * Redis nothing, and who floods is told of ten times a budget instead of at every frame. What is left of a key at the end
 * of a window, less than a tenth, is forgotten. So of a socket's frames up to a tenth of the budget more may pass a gateway.
 */
export class Gathered {
  readonly #clock: Clock
  readonly #atOnce: number
  readonly #windowMs: number
  readonly #maxKeys: number
  readonly #counts = new Map<string, number>()
  #endsMs = 0

  constructor(clock: Clock, { points, windowS }: CounterOptions, maxKeys = maxKeysGathered) {
    this.#clock = clock
    this.#atOnce = Math.ceil(points * gatheredShare)
    this.#windowMs = windowS * 1_000
    this.#maxKeys = maxKeys
  }

  /** One more of that key. How many are to be told of now; 0 while they are gathered. */
  add(key: string): number {
    this.#endWindow()
    if (this.#counts.size >= this.#maxKeys && !this.#counts.has(key)) this.#counts.clear()
    const count = (this.#counts.get(key) ?? 0) + 1
    if (count < this.#atOnce) {
      this.#counts.set(key, count)
      return 0
    }
    this.#counts.delete(key)
    return count
  }

  /** What was gathered of that key, for a count that is told of anyway. */
  take(key: string): number {
    this.#endWindow()
    const count = this.#counts.get(key) ?? 0
    if (count > 0) this.#counts.delete(key)
    return count
  }

  #endWindow(): void {
    const nowMs = this.#clock.monotonicMs()
    if (nowMs < this.#endsMs) return
    this.#endsMs = nowMs + this.#windowMs
    this.#counts.clear()
  }
}
