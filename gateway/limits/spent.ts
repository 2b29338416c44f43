import type { Clock } from '../../protocol/ports.ts'

/** Budgets that are remembered as used up; beyond it the one that came first is forgotten, and Redis is asked once more. */
const maxKeys = 10_000

/** Budgets known to be used up: whoever asks again is refused without asking Redis. */
export class Spent {
  readonly #clock: Clock
  readonly #untilMs = new Map<string, number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  note(key: string, resetMs: number): void {
    this.#untilMs.delete(key)
    if (this.#untilMs.size >= maxKeys) {
      const [first] = this.#untilMs.keys()
      if (first !== undefined) this.#untilMs.delete(first)
    }
    this.#untilMs.set(key, this.#clock.monotonicMs() + resetMs)
  }

  /** Ms until there is something again; 0 when there may be now. */
  leftMs(key: string): number {
    const untilMs = this.#untilMs.get(key)
    if (untilMs === undefined) return 0
    const leftMs = untilMs - this.#clock.monotonicMs()
    if (leftMs > 0) return leftMs
    this.#untilMs.delete(key)
    return 0
  }
}
