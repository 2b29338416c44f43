import type { RaidClockwork } from '../../persistence/raid-clockwork/port.ts'
import type { Clock, Logger, Timers } from '../../protocol/ports.ts'
import type { RaidSweepMetrics } from '../metrics.ts'
import { Rest } from '../rest.ts'

export interface RaidSweepDeps {
  readonly book: Pick<RaidClockwork, 'requeueOverdue' | 'tidy'>
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
  readonly metrics: RaidSweepMetrics
}

/** Between two rounds, ms. */
export const raidSweepEveryMs = 15_000
/** Messages that one round sends again at the most; the others wait for the next one. */
export const raidSweepMax = 200
/** Every so many rounds what is of no use any more is taken away. */
const tidyRounds = 240

/**
 * The clock of raids that Temporal lost or missed: it finds in the record what is behind its time, and has it told to the workflows again.
 * It opens nothing itself. Any number may run.
 */
export class RaidSweep {
  readonly #deps: RaidSweepDeps
  readonly #rest: Rest
  #isAway = false
  #running: Promise<void> = Promise.resolve()

  constructor(deps: RaidSweepDeps) {
    this.#deps = deps
    this.#rest = new Rest(deps.timers)
  }

  /** Starts; returns at once, whether or not Postgres is there. Call it once. */
  start(): void {
    this.#running = this.#run()
  }

  /** Resolves when the round under way is done. */
  async stop(): Promise<void> {
    this.#rest.end()
    await this.#running
  }

  async #run(): Promise<void> {
    for (let round = 0; !this.#rest.ended; round += 1) {
      await this.#round(round).catch((error: unknown) => this.#recordAway(error))
      await this.#rest.for(raidSweepEveryMs, { wakeable: false })
    }
  }

  /** Rejects when the record is away. */
  async #round(round: number): Promise<void> {
    const { book, clock, logger, metrics } = this.#deps
    const again = await book.requeueOverdue(clock.wallMs(), raidSweepMax)
    this.#isAway = false
    metrics.raidsRequeued(again)
    if (again > 0) logger.warn({ raids: again }, 'raids.told_again')
    if (round % tidyRounds === 0) await book.tidy(clock.wallMs())
  }

  /** Logged once, until the record answers again. */
  #recordAway(error: unknown): void {
    if (!this.#isAway) this.#deps.logger.warn({ error }, 'raids.record_away')
    this.#isAway = true
  }
}
