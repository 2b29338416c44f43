import type { Cancel, Clock, Logger, Timers } from '../../protocol/ports.ts'
import type { RecordWrite } from '../record-writes.ts'
import type { WebhookFilter } from './port.ts'

/** From one reading to the next, ms. */
export const interestEveryMs = 1_000
/** A reading that is older is not believed, ms. So late may an endpoint that is new, or wants more than before, hear its first event. */
export const interestMaxAgeMs = 2_000

export interface InterestDeps {
  /** What the enabled endpoints want, as of now. */
  readonly read: () => Promise<readonly WebhookFilter[]>
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
}

/**
 * Knows, as of two seconds ago at the latest, which events any endpoint may want, so that appends of a deployment without webhooks carry
 * nothing of them. It only ever leaves out: what is left in, the record itself decides on. Where it knows nothing, everything is left in.
 */
export class WebhookInterest {
  readonly #deps: InterestDeps
  readonly #cancel: Cancel
  #known: { readonly wanted: readonly WebhookFilter[]; readonly asOfMs: number } | null = null
  #reading: Promise<void> | null = null
  #isAway = false

  constructor(deps: InterestDeps) {
    this.#deps = deps
    this.#cancel = deps.timers.every(interestEveryMs, () => void this.refresh())
  }

  /** The writes without those that nobody wants. */
  readonly keep = (writes: readonly RecordWrite[]): readonly RecordWrite[] => {
    if (!writes.some(({ write }) => write === 'webhook')) return writes
    const wanted = this.#wanted()
    if (wanted === null) return writes
    return writes.filter((write) => write.write !== 'webhook' || wanted.some((filter) => wants(filter, write)))
  }

  /** Reads now, unless a reading is under way. Never rejects: until one succeeds again, everything is left in. */
  refresh(): Promise<void> {
    this.#reading ??= this.#read().finally(() => (this.#reading = null))
    return this.#reading
  }

  /** Resolves behind the reading under way. */
  async stop(): Promise<void> {
    this.#cancel()
    await this.#reading
  }

  #wanted(): readonly WebhookFilter[] | null {
    const known = this.#known
    return known && this.#deps.clock.monotonicMs() - known.asOfMs < interestMaxAgeMs ? known.wanted : null
  }

  async #read(): Promise<void> {
    const { read, clock, logger } = this.#deps
    // Of before the question: an endpoint that came while it was under way may not be in the answer.
    const asOfMs = clock.monotonicMs()
    try {
      this.#known = { wanted: await read(), asOfMs }
      this.#isAway = false
    } catch (error) {
      if (!this.#isAway) logger.warn({ error }, 'webhooks.interest_unknown')
      this.#isAway = true
    }
  }
}

type WebhookWrite = Extract<RecordWrite, { write: 'webhook' }>

/** Whether an endpoint with that filter is told of it. */
export const wants = ({ events, roomId, guildId }: WebhookFilter, { facts, ...where }: WebhookWrite): boolean =>
  (events.length === 0 || events.includes(facts.type)) &&
  (roomId === null || roomId === where.roomId) &&
  (guildId === null || guildId === where.guildId)
