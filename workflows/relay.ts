import type { Delivery, Outbox, OutboxRow } from '../persistence/outbox/port.ts'
import type { Cancel, Clock, Logger, Timers } from '../protocol/ports.ts'
import { backOffMs } from './back-off.ts'
import { TemporalAway, type WorkflowStarter } from './client.ts'
import { inLanes } from './lanes.ts'
import { measureRegularly } from './measuring.ts'
import type { RelayMetrics } from './metrics.ts'
import { Rest } from './rest.ts'

export interface RelayDeps {
  readonly outbox: Outbox
  readonly starter: WorkflowStarter
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
  readonly metrics: RelayMetrics
}

/** Rows taken at once. */
export const batchMax = 100
/** Calls to Temporal under way at once. */
export const inFlightMax = 16
/** How long a row waits at the most that nobody told us of, in ms. */
const pollMs = 1_000
/** Temporal is asked how it is when nothing was delivered for so long, in ms. */
const checkMs = 5_000
const backOff = { firstMs: 200, longestMs: 5_000 }

/** What keeps a relay from working, since when, and how often in a row it was met. */
interface Trouble {
  readonly who: 'temporal' | 'outbox'
  readonly sinceMs: number
  readonly failures: number
}

/**
 * Carries committed outbox rows to Temporal. Several may work on one outbox. A row is delivered at least once; the workflows
 * drop what is stale or repeated.
 *
 * Modes: **working** (batches, woken by the outbox or every second), and **in trouble** (Temporal or the outbox is away:
 * rests longer from time to time, up to 5 s, and takes no rows until Temporal answers again, so that no row is tried in
 * vain). A row that fails by its own fault stays in the outbox for its own back-off and holds up nothing.
 */
export class Relay {
  readonly #deps: RelayDeps
  readonly #rest: Rest
  #trouble: Trouble | null = null
  #heardOfTemporalMs = Number.NEGATIVE_INFINITY
  #unlisten: (() => Promise<void>) | null = null
  #stopMeasuring: Cancel = () => undefined
  #running: Promise<void> = Promise.resolve()

  constructor(deps: RelayDeps) {
    this.#deps = deps
    this.#rest = new Rest(deps.timers)
  }

  /** Starts working; returns at once, whether or not Temporal and Postgres are there. Call it once. */
  start(): void {
    const { outbox, timers, metrics } = this.#deps
    this.#stopMeasuring = measureRegularly(timers, pollMs, async () => {
      const { rows, oldestAgeMs } = await outbox.backlog()
      metrics.backlog(rows, oldestAgeMs)
    })
    this.#running = this.#run()
  }

  /** Takes no further rows; resolves when the batch in hand is delivered and marked. */
  async stop(): Promise<void> {
    this.#rest.end()
    this.#stopMeasuring()
    await this.#running
    await this.#unlisten?.()
  }

  async #run(): Promise<void> {
    while (!this.#rest.ended) {
      const done = await this.#round().catch((error: unknown) => this.#inTrouble('outbox', error))
      if (this.#trouble) await this.#rest.for(backOffMs(this.#trouble.failures, backOff), { wakeable: false })
      else if (done !== 'more') await this.#rest.for(pollMs, { wakeable: true })
    }
  }

  /** One batch. Says whether another one surely waits. Rejects when the outbox does. */
  async #round(): Promise<'more' | undefined> {
    const { outbox, clock } = this.#deps
    this.#unlisten ??= await outbox.listen(() => this.#rest.wake())
    const silentMs = clock.monotonicMs() - this.#heardOfTemporalMs
    if ((this.#away('temporal') || silentMs >= checkMs) && !(await this.#temporalAnswers())) return undefined
    let sent = 0
    const taken = await outbox.deliverBatch(batchMax, async (rows) => {
      const deliveries = await this.#deliverAll(rows)
      sent = deliveries.filter((delivery) => delivery.sent).length
      return deliveries
    })
    this.#over('outbox')
    // A full batch of which nothing went out says that more would fare no better.
    return taken === batchMax && sent > 0 ? 'more' : undefined
  }

  async #temporalAnswers(): Promise<boolean> {
    try {
      await this.#deps.starter.check()
    } catch (error) {
      this.#inTrouble('temporal', error)
      return false
    }
    this.#heardOfTemporal()
    this.#over('temporal')
    return true
  }

  async #deliverAll(rows: readonly OutboxRow[]): Promise<readonly Delivery[]> {
    const deliveries: Delivery[] = []
    await inLanes(rows, inFlightMax, async (row) => {
      deliveries.push(await this.#deliver(row))
    })
    return deliveries
  }

  async #deliver({ id, key, message, attempts }: OutboxRow): Promise<Delivery> {
    const { starter, metrics, logger } = this.#deps
    // The rest of a batch in which Temporal went away would only wait for the same silence.
    if (this.#away('temporal')) return { id, sent: false, error: 'not tried: Temporal is away' }
    try {
      await starter.deliver(message)
    } catch (error) {
      metrics.failed()
      if (!(error instanceof TemporalAway)) {
        logger.warn({ key, kind: message.kind, attempts: attempts + 1, error }, 'relay.row_failed')
      } else if (!this.#away('temporal')) {
        // Calls of one batch that fail together are one failure.
        this.#inTrouble('temporal', error)
      }
      return { id, sent: false, error: reasonOf(error) }
    }
    metrics.delivered()
    this.#heardOfTemporal()
    return { id, sent: true }
  }

  #heardOfTemporal(): void {
    this.#heardOfTemporalMs = this.#deps.clock.monotonicMs()
    this.#deps.metrics.temporalUp(true)
  }

  #away(who: Trouble['who']): boolean {
    return this.#trouble?.who === who
  }

  /** Logged once per trouble, not once per attempt. */
  #inTrouble(who: Trouble['who'], error: unknown): void {
    const { clock, logger, metrics } = this.#deps
    if (who === 'temporal') metrics.temporalUp(false)
    if (this.#trouble?.who === who) {
      this.#trouble = { ...this.#trouble, failures: this.#trouble.failures + 1 }
      return
    }
    this.#trouble = { who, sinceMs: clock.monotonicMs(), failures: 1 }
    logger.warn({ error }, `relay.${who}_away`)
  }

  #over(who: Trouble['who']): void {
    if (this.#trouble?.who !== who) return
    const awayMs = Math.round(this.#deps.clock.monotonicMs() - this.#trouble.sinceMs)
    this.#trouble = null
    this.#deps.logger.info({ awayMs }, `relay.${who}_back`)
  }
}

/** Kept with the row: the reason under the wrapping, at most 500 characters. */
function reasonOf(error: unknown): string {
  const inmost = (of: unknown): unknown => (of instanceof Error && of.cause !== undefined ? inmost(of.cause) : of)
  const reason = inmost(error)
  return (reason instanceof Error ? reason.message : String(reason)).slice(0, 500)
}
