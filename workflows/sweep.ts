import type { Clock, Logger, Timers } from '../protocol/ports.ts'
import { inLanes } from './lanes.ts'
import { Rest } from './rest.ts'

export interface SweepDeps<Item> {
  /** What is swept, for the log. */
  readonly of: string
  /** What is overdue before that moment (Unix ms), the longest first, behind `after` where one is given. */
  overdue(beforeMs: number, limit: number, after: Item | null): Promise<readonly Item[]>
  /** Sees to it that its end comes. False where it had come already. Rejects while whoever decides cannot be reached. */
  settle(item: Item): Promise<boolean>
  /** Names the item in the log. */
  named(item: Item): object
  /** Between two rounds, ms. */
  readonly everyMs: number
  /** So long what is overdue is left to its other clocks, ms. */
  readonly leewayMs: number
  readonly metrics: { settled(): void; failed(): void }
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
}

/** Read at once. */
export const sweepBatchMax = 100
/** Of one round at the most; the others wait for the next one. */
export const sweepRoundMax = 1_000
/** Asked at once. */
const inFlightMax = 8

/**
 * The clock that looks into the record: finds what is overdue there, and asks whoever decides to end it. One that cannot be reached holds
 * up no other: a round goes on behind it, and the next one tries it again. Any number of sweeps may run: the actor decides, and a second
 * one finds it done.
 */
export class Sweep<Item> {
  readonly #deps: SweepDeps<Item>
  readonly #rest: Rest
  #isAway = false
  #running: Promise<void> = Promise.resolve()

  constructor(deps: SweepDeps<Item>) {
    this.#deps = deps
    this.#rest = new Rest(deps.timers)
  }

  /** Starts; returns at once, whether or not Postgres is there. Call it once. */
  start(): void {
    this.#running = this.#run()
  }

  /** Resolves when what is in hand is done with. */
  async stop(): Promise<void> {
    this.#rest.end()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#rest.ended) {
      await this.#round().catch((error: unknown) => this.#recordAway(error))
      await this.#rest.for(this.#deps.everyMs, { wakeable: false })
    }
  }

  /** Rejects when the record cannot be read. */
  async #round(): Promise<void> {
    const beforeMs = this.#deps.clock.wallMs() - this.#deps.leewayMs
    let after: Item | null = null
    for (let seen = 0; seen < sweepRoundMax && !this.#rest.ended; seen += sweepBatchMax) {
      const batch: readonly Item[] = await this.#deps.overdue(beforeMs, sweepBatchMax, after)
      this.#isAway = false
      await inLanes(batch, inFlightMax, (item) => this.#settle(item))
      after = batch.at(-1) ?? null
      if (batch.length < sweepBatchMax) return
    }
  }

  async #settle(item: Item): Promise<void> {
    const { of, logger, metrics } = this.#deps
    try {
      if (await this.#deps.settle(item)) metrics.settled()
    } catch (error) {
      metrics.failed()
      logger.debug({ ...this.#deps.named(item), error }, `sweep.${of}_not_reached`)
    }
  }

  /** Logged once, until the record answers again. */
  #recordAway(error: unknown): void {
    if (!this.#isAway) this.#deps.logger.warn({ error }, 'sweep.record_away')
    this.#isAway = true
  }
}
