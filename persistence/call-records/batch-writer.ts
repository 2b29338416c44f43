import type { Cancel, Clock, Logger, Timers } from '../../protocol/ports.ts'
import { RowsRefused, type Written } from './port.ts'
import { WaitingRows, type TakenRows, type WaitingBounds } from './waiting-rows.ts'

/** Why a row was not written. */
export type DropCause = 'full' | 'unknown_session' | 'refused' | 'stopping'

/** What a writer tells of itself. */
export interface BatchObserver {
  /** Handed a look at how many rows wait, once. */
  watch(waiting: () => number): void
  written(rows: number, tookMs: number): void
  dropped(cause: DropCause, rows: number): void
  failed(): void
}

export interface BatchWriterDeps<Row> {
  /** What is written, for the log: the table's name. */
  readonly name: string
  readonly write: (rows: readonly Row[]) => Promise<Written>
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
  readonly observe: BatchObserver
  /** Default `waitingBounds`. */
  readonly bounds?: WaitingBounds
}

/** For each table: beyond it the oldest rows are dropped. A batch in hand, at most `batchMax` rows, comes on top. */
export const waitingBounds: WaitingBounds = { rows: 20_000, bytes: 16 * 1024 * 1024 }
/** Rows written at once. */
export const batchMax = 500
/** A row waits so long at the most for others to go with it, ms. */
const lingerMs = 1_000
/** How long a writer rests behind its n-th failure in a row, ms: 1 s, doubling up to 30 s. */
const restAfterMs = (failures: number): number => Math.min(1_000 * 2 ** (failures - 1), 30_000)

/**
 * Writes rows of one table in batches, one batch at a time.
 *
 * Modes: `idle` (nothing waits), `lingering` (rows wait for a timer, or for a full batch), `writing` (a batch is in hand),
 * `resting` (the store failed: the batch waits again, in front), `stopped` for good. Adding never waits in any of them.
 */
export class BatchWriter<Row> {
  readonly #deps: BatchWriterDeps<Row>
  readonly #waiting: WaitingRows<Row>
  #mode: 'idle' | 'lingering' | 'writing' | 'resting' | 'stopped' = 'idle'
  #cancel: Cancel = () => undefined
  #failures = 0
  #stopping = false
  #underWay: Promise<void> = Promise.resolve()

  constructor(deps: BatchWriterDeps<Row>) {
    this.#deps = deps
    this.#waiting = new WaitingRows(deps.bounds ?? waitingBounds)
    deps.observe.watch(() => this.#waiting.size)
  }

  /** `bytes`: about what the row holds in memory. */
  add(row: Row, bytes: number): void {
    if (this.#stopping) {
      this.#deps.observe.dropped('stopping', 1)
      return
    }
    this.#drop('full', this.#waiting.add(row, bytes))
    if (this.#mode === 'idle') this.#linger()
    if (this.#mode === 'lingering' && this.#waiting.size >= batchMax) this.#begin()
  }

  /** Takes no further rows, writes what waits, and gives up on what is left after `withinMs`. */
  async stop(withinMs: number): Promise<void> {
    this.#stopping = true
    this.#cancel()
    let cancel: Cancel = () => undefined
    const timeIsUp = new Promise<void>((resolve) => (cancel = this.#deps.timers.after(withinMs, resolve)))
    await Promise.race([this.#writeAll(), timeIsUp])
    cancel()
    this.#mode = 'stopped'
    this.#drop('stopping', this.#waiting.size)
    this.#waiting.take(this.#waiting.size)
  }

  /** One batch even where the store has failed last, and further ones as long as it takes them. */
  async #writeAll(): Promise<void> {
    await this.#underWay
    do await this.#writeBatch()
    while (this.#waiting.size > 0 && this.#failures === 0 && !this.#isStopped())
  }

  /** Asked anew behind every wait. */
  #isStopped(): boolean {
    return this.#mode === 'stopped'
  }

  #linger(): void {
    this.#mode = 'lingering'
    this.#cancel = this.#deps.timers.after(lingerMs, () => this.#begin())
  }

  #begin(): void {
    this.#cancel()
    this.#mode = 'writing'
    this.#underWay = this.#writeBatch().then(() => this.#next())
  }

  #next(): void {
    if (this.#stopping) return
    if (this.#failures > 0) {
      this.#mode = 'resting'
      this.#cancel = this.#deps.timers.after(restAfterMs(this.#failures), () => this.#begin())
    } else if (this.#waiting.size >= batchMax) this.#begin()
    else if (this.#waiting.size > 0) this.#linger()
    else this.#mode = 'idle'
  }

  /** Never rejects. */
  async #writeBatch(): Promise<void> {
    const batch = this.#waiting.take(batchMax)
    const left = await this.#writeOrSplit(batch)
    const { logger, name, observe } = this.#deps
    if (left === null) {
      if (this.#failures > 0) logger.info({ table: name }, 'records.written_again')
      this.#failures = 0
    } else {
      this.#failures += 1
      observe.failed()
      if (this.#failures === 1) logger.warn({ table: name, err: left.error }, 'records.not_written')
      if (this.#isStopped()) this.#drop('stopping', left.batch.rows.length)
      else this.#drop('full', this.#waiting.putBack(left.batch))
    }
  }

  /**
   * Writes a batch; where a rule of the tables refuses it, each half by itself, down to the row at fault, which is dropped.
   * Returns what is to be tried again; null for nothing.
   */
  async #writeOrSplit(batch: TakenRows<Row>): Promise<{ batch: TakenRows<Row>; error: unknown } | null> {
    const { clock, observe, logger, name } = this.#deps
    if (batch.rows.length === 0) return null
    const beganMs = clock.monotonicMs()
    try {
      const { unknown } = await this.#deps.write(batch.rows)
      this.#drop('unknown_session', unknown)
      observe.written(batch.rows.length - unknown, clock.monotonicMs() - beganMs)
      return null
    } catch (error) {
      if (!(error instanceof RowsRefused)) return { batch, error }
      if (batch.rows.length === 1) {
        this.#drop('refused', 1)
        logger.error({ table: name, err: error }, 'records.row_refused')
        return null
      }
    }
    const half = Math.ceil(batch.rows.length / 2)
    const left = await this.#writeOrSplit(slice(batch, 0, half))
    const rest = slice(batch, half)
    // The store has failed: the second half would fare no better.
    if (left) return { ...left, batch: joined(left.batch, rest) }
    return this.#writeOrSplit(rest)
  }

  #drop(cause: DropCause, rows: number): void {
    if (rows > 0) this.#deps.observe.dropped(cause, rows)
  }
}

const slice = <Row>({ rows, sizes }: TakenRows<Row>, from: number, to?: number): TakenRows<Row> => ({
  rows: rows.slice(from, to),
  sizes: sizes.slice(from, to),
})

const joined = <Row>(a: TakenRows<Row>, b: TakenRows<Row>): TakenRows<Row> => ({
  rows: [...a.rows, ...b.rows],
  sizes: [...a.sizes, ...b.sizes],
})
