import type { AttemptOutcome, ClaimedDelivery, Disabled, WebhookQueue } from '../../persistence/webhooks/port.ts'
import type { Cancel, Clock, Logger, Random, Timers } from '../../protocol/ports.ts'
import type { WebhookId } from '../../protocol/webhooks/webhook.ts'
import { backOffMs } from '../back-off.ts'
import { Rest } from '../rest.ts'
import type { WebhookMetrics } from './metrics.ts'
import type { Send } from './sender.ts'
import { signatureHeaders } from './signature.ts'
import { giveUpMs, verdictOf } from './verdict.ts'

export interface WebhookRelayDeps {
  readonly queue: WebhookQueue
  readonly send: Send
  /** The secret of an endpoint in that version. */
  readonly secretOf: (id: WebhookId, version: number) => string
  readonly options: WebhookRelayOptions
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Pick<Random, 'fraction'>
  readonly logger: Logger
  readonly metrics: WebhookMetrics
}

export interface WebhookRelayOptions {
  /** One attempt may take so long, ms. */
  readonly timeoutMs: number
  /** An endpoint for which nothing got through for so long is disabled, ms. */
  readonly disableAfterMs: number
}

/** Under way at once in one relay. More than there may be endpoints: each has a slot, whatever the others do. */
export const inFlightMax = 128
/** Under way at once to one endpoint, from all relays together. */
export const perEndpointMax = 8
/** Deliveries that may wait for one endpoint; with more it is disabled. */
export const queueMax = 100_000
/** A claim outlives its attempt by so long, ms: behind it another relay takes the delivery up. */
const leaseMarginMs = 20_000
/** Between two looks at the queue while there is nothing to do, ms: so late an event goes out at the most, on a calm day. */
export const webhookPollMs = 250
/** Between two claims while there is, ms, so that outcomes are noted several at a time. */
const breathMs = 20
/** Between two rounds of upkeep and measuring, ms. */
const upkeepMs = 15_000
const backOff = { firstMs: 500, longestMs: 5_000 }

/**
 * Sends what waits for webhooks. Several may work on one queue. A delivery is sent at least once: a relay that dies leaves what it had under
 * way to the others, which send it again under the same message id.
 *
 * Modes: **working** (claims, sends, and notes what came of it), and **in trouble** (the record is away: what is under way goes on,
 * nothing new is claimed, and outcomes wait in memory, at most as many as may be under way).
 */
export class WebhookRelay {
  readonly #deps: WebhookRelayDeps
  readonly #rest: Rest
  readonly #underWay = new Set<Promise<void>>()
  #outcomes: AttemptOutcome[] = []
  #failures = 0
  #stopUpkeep: Cancel = () => undefined
  #upkeep: Promise<void> | null = null
  #running: Promise<void> = Promise.resolve()

  constructor(deps: WebhookRelayDeps) {
    this.#deps = deps
    this.#rest = new Rest(deps.timers)
  }

  /** Starts; returns at once, whether or not Postgres is there. Call it once. */
  start(): void {
    this.#stopUpkeep = this.#deps.timers.every(upkeepMs, () => this.#keepUp())
    this.#running = this.#run()
  }

  /** Claims nothing more; resolves when what is under way has ended and is noted, as far as the record takes it. */
  async stop(): Promise<void> {
    this.#rest.end()
    this.#stopUpkeep()
    await Promise.all([this.#running, this.#upkeep])
    await Promise.all(this.#underWay)
    await this.#settle().catch((error: unknown) => this.#inTrouble(error))
  }

  async #run(): Promise<void> {
    while (!this.#rest.ended) {
      const busy = await this.#round().catch((error: unknown) => this.#inTrouble(error))
      if (this.#failures > 0) await this.#rest.for(backOffMs(this.#failures, backOff), { wakeable: false })
      else if (busy) await this.#rest.for(breathMs, { wakeable: false })
      else await this.#rest.for(webhookPollMs, { wakeable: true })
    }
  }

  /** Says whether there was anything to do. Rejects when the record does. */
  async #round(): Promise<boolean> {
    const { queue, options } = this.#deps
    const settled = await this.#settle()
    // Outcomes that the record did not take count, too: else they would grow without bound.
    const limit = inFlightMax - this.#underWay.size - this.#outcomes.length
    const leaseMs = options.timeoutMs + leaseMarginMs
    const claimed = limit > 0 ? await queue.claim({ limit, perEndpoint: perEndpointMax, leaseMs }) : []
    for (const delivery of claimed) this.#begin(delivery)
    this.#over()
    return settled > 0 || claimed.length > 0
  }

  #begin(delivery: ClaimedDelivery): void {
    const { metrics } = this.#deps
    const attempt = this.#attempt(delivery).finally(() => {
      this.#underWay.delete(attempt)
      metrics.underWay(this.#underWay.size)
      this.#rest.wake()
    })
    this.#underWay.add(attempt)
    metrics.underWay(this.#underWay.size)
  }

  async #attempt(delivery: ClaimedDelivery): Promise<void> {
    const { send, clock, random, metrics } = this.#deps
    const beganMs = clock.monotonicMs()
    const result = await send(delivery.endpoint.url, this.#headersOf(delivery), delivery.body)
    const tookMs = clock.monotonicMs() - beganMs
    const nowMs = clock.wallMs()
    const verdict = verdictOf(delivery, result, { tookMs, nowMs, random: random.fraction() })
    metrics.attempted(verdict.outcome, tookMs)
    if (verdict.outcome === 'delivered') metrics.delivered(nowMs - delivery.queuedAtMs)
    else this.#tellFailure(verdict)
    this.#outcomes.push(verdict)
  }

  #headersOf({ messageId, body, endpoint }: ClaimedDelivery): Readonly<Record<string, string>> {
    const { secretOf, clock } = this.#deps
    const nowMs = clock.wallMs()
    const { id, secretVersion: version, previousSecretUntilMs: untilMs } = endpoint
    const versions = untilMs !== null && untilMs > nowMs ? [version, version - 1] : [version]
    const secrets = versions.map((one) => secretOf(id, one))
    return {
      'content-type': 'application/json',
      'user-agent': 'voice-rooms-webhooks/1',
      ...signatureHeaders(secrets, { id: messageId, timestampS: Math.floor(nowMs / 1_000), body }),
    }
  }

  async #settle(): Promise<number> {
    // Others may come while these are noted.
    const outcomes = [...this.#outcomes]
    if (outcomes.length === 0) return 0
    const disabled = await this.#deps.queue.settle(outcomes, this.#deps.options.disableAfterMs)
    this.#outcomes = this.#outcomes.slice(outcomes.length)
    this.#tellDisabled(disabled)
    return outcomes.length
  }

  #keepUp(): void {
    this.#upkeep ??= this.#keepUpNow()
      // The loop meets the same trouble, and says so.
      .catch(() => undefined)
      .finally(() => (this.#upkeep = null))
  }

  async #keepUpNow(): Promise<void> {
    const { queue, metrics } = this.#deps
    const { givenUp, disabled } = await queue.upkeep({ giveUpMs, queueMax })
    metrics.givenUp(givenUp)
    this.#tellDisabled(disabled)
    const { rows, oldestAgeMs } = await queue.backlog()
    metrics.backlog(rows, oldestAgeMs)
  }

  #tellFailure({ delivery, outcome, status, error }: AttemptOutcome): void {
    const { endpoint, messageId, type, attempt } = delivery
    const fields = { webhook: endpoint.id, message: messageId, type, attempt, status, reason: error }
    if (outcome === 'dead') this.#deps.logger.warn(fields, 'webhook.given_up')
    else this.#deps.logger.debug(fields, 'webhook.attempt_failed')
  }

  #tellDisabled(disabled: readonly Disabled[]): void {
    for (const { id, cause } of disabled) {
      this.#deps.metrics.disabled(cause)
      this.#deps.logger.warn({ webhook: id, cause }, 'webhook.disabled')
    }
  }

  /** Logged once, until the record answers again. */
  #inTrouble(error: unknown): false {
    if (this.#failures === 0) this.#deps.logger.warn({ error }, 'webhook.record_away')
    this.#failures += 1
    return false
  }

  #over(): void {
    if (this.#failures > 0) this.#deps.logger.info({}, 'webhook.record_back')
    this.#failures = 0
  }
}
