import { createHash } from 'node:crypto'
import type { Clock } from '../../protocol/ports.ts'

const keptLines = 60

/** What happened, each with its simulated time: a hash over all of it, and the last lines to read. */
export class Trace {
  readonly #clock: Clock
  readonly #hash = createHash('sha256')
  readonly #last: string[] = []
  lines = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  note(line: string): void {
    const noted = `${this.#clock.monotonicMs().toFixed(3)} ${line}`
    this.lines += 1
    this.#last.push(noted)
    if (this.#last.length === 2 * keptLines) this.#takeIn(this.#last.splice(0, keptLines))
  }

  get last(): readonly string[] {
    return this.#last.slice(-keptLines)
  }

  /** Ends it. */
  digest(): string {
    this.#takeIn(this.#last)
    return this.#hash.digest('hex').slice(0, 16)
  }

  /** Many at a time: a call for each line costs more than the hash. */
  #takeIn(lines: readonly string[]): void {
    this.#hash.update(lines.join('\n'))
  }
}
