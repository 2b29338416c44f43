import type { Clock } from '../../protocol/ports.ts'

/** Redis is left alone for so long after it did not answer, ms. */
const restMs = 1_000

/**
 * Whether Redis is worth asking. After a failure nobody asks for a while, and then one call does: whoever waited for an answer
 * that does not come has waited for all.
 */
export class RedisPatience {
  readonly #clock: Clock
  #isAway = false
  #askAgainMs = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  mayAsk(): boolean {
    if (!this.#isAway) return true
    const nowMs = this.#clock.monotonicMs()
    if (nowMs < this.#askAgainMs) return false
    this.#askAgainMs = nowMs + restMs
    return true
  }

  /** Says whether this is news. */
  failed(): boolean {
    const isNews = !this.#isAway
    this.#isAway = true
    this.#askAgainMs = this.#clock.monotonicMs() + restMs
    return isNews
  }

  /** Says whether this is news. */
  answered(): boolean {
    const isNews = this.#isAway
    this.#isAway = false
    return isNews
  }
}
