import type { Cancel, Clock, Logger, Timers } from '../../protocol/ports.ts'

export interface RecordWatchDeps {
  /** True where the record takes writes. Rejects, says false or stays silent where it does not. */
  readonly probe: () => Promise<boolean>
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
  /** Told of each change. */
  readonly changed: (isAway: boolean) => void
}

/** Between two probes, ms. */
const everyMs = 500
/** A probe without an answer has failed after so long, ms. */
const patienceMs = 1_000
/** So many probes that fail in a row mean that the record is away; one alone may have met a restart of a connection. */
const failuresMax = 2

/**
 * Whether the record takes this node's writes. While it does not, durable commands are refused before they are decided: one
 * that was decided and has no outcome would cost its actor's place in memory, and with it everything that is not durable.
 */
export class RecordWatch {
  readonly #deps: RecordWatchDeps
  readonly #cancel: Cancel
  #failures = 0
  #awaySinceMs: number | null = null
  #isAsking = false

  constructor(deps: RecordWatchDeps) {
    this.#deps = deps
    this.#cancel = deps.timers.every(everyMs, () => void this.#ask())
  }

  get isAway(): boolean {
    return this.#awaySinceMs !== null
  }

  /** For how long it has been away, ms; 0 where it is not. */
  get awayMs(): number {
    return this.#awaySinceMs === null ? 0 : this.#deps.clock.monotonicMs() - this.#awaySinceMs
  }

  stop(): void {
    this.#cancel()
  }

  async #ask(): Promise<void> {
    if (this.#isAsking) return
    this.#isAsking = true
    const answers = await this.#answersInTime()
    this.#isAsking = false
    this.#failures = answers ? 0 : this.#failures + 1
    if (answers && this.isAway) this.#turn(null)
    if (this.#failures >= failuresMax && !this.isAway) this.#turn(this.#deps.clock.monotonicMs())
  }

  #answersInTime(): Promise<boolean> {
    return new Promise((resolve) => {
      const cancel = this.#deps.timers.after(patienceMs, () => resolve(false))
      const settle = (answers: boolean) => {
        cancel()
        resolve(answers)
      }
      this.#deps.probe().then(settle, () => settle(false))
    })
  }

  #turn(awaySinceMs: number | null): void {
    const awayMs = Math.round(this.awayMs)
    this.#awaySinceMs = awaySinceMs
    if (awaySinceMs === null) this.#deps.logger.warn({ awayMs }, 'record.back')
    else this.#deps.logger.error({}, 'record.away')
    this.#deps.changed(this.isAway)
  }
}
