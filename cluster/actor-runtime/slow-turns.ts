import type { ActorKey } from '../../protocol/ids.ts'
import type { Clock, Logger } from '../../protocol/ports.ts'

/** One command may keep the loop for so long, ms. All of a node's beats, leases and answers wait meanwhile. */
const budgetMs = 5

/** Least time between two log lines, ms. */
const logEveryMs = 10_000

/** Watches how long single commands keep the loop. */
export class SlowTurns {
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #observe: (tookMs: number) => void
  #loggedMs = Number.NEGATIVE_INFINITY
  #unlogged = 0

  constructor(clock: Clock, logger: Logger, observe: (tookMs: number) => void) {
    this.#clock = clock
    this.#logger = logger
    this.#observe = observe
  }

  /** Runs one turn. A slow one is counted, and logged unless another one just was. */
  watch(key: ActorKey, turn: () => void): void {
    const beganMs = this.#clock.monotonicMs()
    turn()
    const endedMs = this.#clock.monotonicMs()
    const tookMs = endedMs - beganMs
    if (tookMs <= budgetMs) return
    this.#observe(tookMs)
    if (endedMs - this.#loggedMs < logEveryMs) {
      this.#unlogged += 1
      return
    }
    this.#logger.warn({ key, tookMs: Math.round(tookMs), unlogged: this.#unlogged }, 'actor.slow_turn')
    this.#loggedMs = endedMs
    this.#unlogged = 0
  }
}
