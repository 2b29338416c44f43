import type { RoomId, UserId } from '../../protocol/ids.ts'
import { webhooksMax, type DeliveryId, type WebhookId } from '../../protocol/webhooks/webhook.ts'
import type { MemoryRecord } from '../record/memory-record.ts'
import { auditOf, changesOf, disabledOf } from './audited.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { newsOf, type EndpointNews } from './endpoint-health.ts'
import type { MemoryDelivery, MemoryWebhook } from './memory-rows.ts'
import { testMessage, type WebhookMessage } from './message.ts'
import {
  failuresBeforeRest,
  restMaxMs,
  type AttemptOutcome,
  type ClaimedDelivery,
  type ClaimOptions,
  type DeliveryFilter,
  type DeliveryPage,
  type Disabled,
  type UpkeepOptions,
  type Webhook,
  type WebhookDelivery,
  type WebhookQueue,
  type WebhookRegistry,
  type WebhookSpec,
} from './port.ts'

/** Endpoints and what is to be sent to them, of a record in memory. */
export class MemoryWebhooks implements WebhookRegistry, WebhookQueue {
  readonly #record: MemoryRecord

  constructor(record: MemoryRecord) {
    this.#record = record
  }

  create(id: WebhookId, spec: WebhookSpec, by: UserId): Promise<Webhook | 'too_many'> {
    const { webhooks } = this.#record.tables
    const there = webhooks.get(id)
    if (there) return Promise.resolve(toWebhook(there))
    if (webhooks.size >= webhooksMax) return Promise.resolve('too_many')
    const nowMs = this.#nowMs()
    const made: MemoryWebhook = {
      ...spec,
      ...{ id, createdBy: by, createdAtMs: nowMs, updatedAtMs: nowMs, enabledAtMs: nowMs },
      disabledCause: spec.enabled ? null : 'by_hand',
      ...{ secretVersion: 1, previousSecretUntilMs: null, rotatedBy: null },
      ...{ failuresInRow: 0, failingSinceMs: null, restUntilMs: 0 },
    }
    webhooks.set(id, made)
    this.#record.apply([auditOf(id, 'webhook.created', by, nowMs, spec, changesOf(spec))])
    return Promise.resolve(toWebhook(made))
  }

  list(): Promise<readonly Webhook[]> {
    return Promise.resolve(Array.from(this.#record.tables.webhooks.values(), toWebhook))
  }

  read(id: WebhookId): Promise<Webhook | null> {
    const there = this.#record.tables.webhooks.get(id)
    return Promise.resolve(there ? toWebhook(there) : null)
  }

  update(id: WebhookId, changes: Partial<WebhookSpec>, by: UserId): Promise<Webhook | null> {
    const before = this.#record.tables.webhooks.get(id)
    if (!before) return Promise.resolve(null)
    const enabled = changes.enabled ?? before.enabled
    const isRevived = enabled && !before.enabled
    const after: MemoryWebhook = {
      ...before,
      ...changes,
      ...{ enabled, updatedAtMs: this.#nowMs() },
      disabledCause: enabled ? null : (before.disabledCause ?? 'by_hand'),
      ...(isRevived ? { failuresInRow: 0, failingSinceMs: null, restUntilMs: 0, enabledAtMs: this.#nowMs() } : {}),
    }
    this.#record.tables.webhooks.set(id, after)
    this.#record.apply([auditOf(id, 'webhook.updated', by, this.#nowMs(), after, changesOf(changes))])
    return Promise.resolve(toWebhook(after))
  }

  remove(id: WebhookId, by: UserId): Promise<boolean> {
    const there = this.#record.tables.webhooks.get(id)
    if (!there) return Promise.resolve(false)
    this.#record.tables.webhooks.delete(id)
    this.#record.apply([auditOf(id, 'webhook.removed', by, this.#nowMs(), there, {})])
    return Promise.resolve(true)
  }

  rotate(id: WebhookId, overlapMs: number, by: UserId, command: string): Promise<Webhook | null> {
    const before = this.#record.tables.webhooks.get(id)
    if (!before) return Promise.resolve(null)
    if (before.rotatedBy === command) return Promise.resolve(toWebhook(before))
    const nowMs = this.#nowMs()
    const secretVersion = before.secretVersion + 1
    const after = { ...before, secretVersion, previousSecretUntilMs: nowMs + overlapMs, rotatedBy: command }
    this.#record.tables.webhooks.set(id, { ...after, updatedAtMs: nowMs })
    const details = { version: secretVersion, overlap_s: Math.round(overlapMs / 1_000) }
    this.#record.apply([auditOf(id, 'webhook.secret_rotated', by, nowMs, after, details)])
    return this.read(id)
  }

  deliveries(id: WebhookId, filter: DeliveryFilter, limit: number, cursor: string | null): Promise<DeliveryPage> {
    const after = cursor === null ? null : readCursor(cursor)
    const all = this.#of(id)
      .filter(({ state, type }) => (filter.state ?? state) === state && (filter.type ?? type) === type)
      .reverse()
    const from = after === null ? 0 : all.findIndex((delivery) => delivery.id === after.id) + 1
    const page = all.slice(from, from + limit)
    const last = page.at(-1)
    const isMore = last !== undefined && all.length > from + limit
    const timestamp = new Date(last?.queuedAtMs ?? 0).toISOString()
    return Promise.resolve({
      deliveries: page.map(toDelivery),
      nextCursor: isMore ? writeCursor({ timestamp, id: last.id }) : null,
    })
  }

  redeliver(id: WebhookId, delivery: DeliveryId, as: DeliveryId): Promise<WebhookDelivery | null> {
    const there = this.#record.tables.deliveries.get(as)
    if (there) return Promise.resolve(toDelivery(there))
    const before = this.#record.tables.deliveries.get(delivery)
    if (before?.endpointId !== id) return Promise.resolve(null)
    return this.#put(as, id, before.roomId, { id: before.messageId, type: before.type, body: before.body })
  }

  test(id: WebhookId, as: DeliveryId): Promise<WebhookDelivery | null> {
    const there = this.#record.tables.deliveries.get(as)
    if (there) return Promise.resolve(toDelivery(there))
    if (!this.#record.tables.webhooks.has(id)) return Promise.resolve(null)
    return this.#put(as, id, null, testMessage(id, this.#nowMs()))
  }

  claim({ limit, perEndpoint, leaseMs }: ClaimOptions): Promise<readonly ClaimedDelivery[]> {
    const nowMs = this.#nowMs()
    const due = [...this.#record.tables.webhooks.values()]
      .filter(({ enabled, restUntilMs }) => enabled && restUntilMs <= nowMs)
      .sort((a, b) => Number(a.failuresInRow > 0) - Number(b.failuresInRow > 0))
      .flatMap((endpoint) => {
        const waiting = this.#of(endpoint.id).filter(({ state }) => state === 'waiting')
        const busy = waiting.filter(({ claimedUntilMs }) => claimedUntilMs > nowMs).length
        const share = endpoint.failuresInRow >= failuresBeforeRest ? 1 : perEndpoint
        return waiting
          .filter(({ nextAttemptAtMs }) => nextAttemptAtMs <= nowMs)
          .sort((a, b) => a.nextAttemptAtMs - b.nextAttemptAtMs)
          .slice(0, Math.max(0, share - busy))
          .map((row) => ({ endpoint, row }))
      })
      .slice(0, limit)
    return Promise.resolve(
      due.map(({ endpoint, row }) => {
        const untilMs = nowMs + leaseMs
        const attempts = row.attempts + 1
        const claim = { attempts, lastAttemptAtMs: nowMs, claimedUntilMs: untilMs, nextAttemptAtMs: untilMs }
        this.#record.tables.deliveries.set(row.id, { ...row, ...claim })
        const { id, queuedAtMs, messageId, type, body } = row
        return { id, queuedAtMs, messageId, type, body, attempt: attempts, endpoint: toWebhook(endpoint) }
      }),
    )
  }

  settle(outcomes: readonly AttemptOutcome[], disableAfterMs: number): Promise<readonly Disabled[]> {
    for (const outcome of outcomes) this.#note(outcome)
    const disabled = newsOf(outcomes).flatMap((news) => this.#judge(news, disableAfterMs))
    this.#record.apply(disabled.map((one) => disabledOf(one, this.#nowMs())))
    return Promise.resolve(disabled)
  }

  upkeep({ giveUpMs, queueMax }: UpkeepOptions): Promise<{ givenUp: number; disabled: readonly Disabled[] }> {
    const { deliveries, webhooks } = this.#record.tables
    const nowMs = this.#nowMs()
    const old = [...deliveries.values()].filter(
      ({ state, queuedAtMs, claimedUntilMs }) =>
        state === 'waiting' && queuedAtMs < nowMs - giveUpMs && claimedUntilMs < nowMs,
    )
    for (const row of old) deliveries.set(row.id, { ...row, state: 'dead', lastError: row.lastError ?? 'too_old' })
    const disabled = [...webhooks.values()]
      .filter(({ id, enabled, enabledAtMs }) => enabled && this.#waitingFor(id, enabledAtMs) > queueMax)
      .map(({ id }): Disabled => ({ id, cause: 'queue_full' }))
    for (const { id, cause } of disabled) this.#change(id, { enabled: false, disabledCause: cause })
    this.#record.apply(disabled.map((one) => disabledOf(one, nowMs)))
    return Promise.resolve({ givenUp: old.length, disabled })
  }

  backlog(): Promise<{ readonly rows: number; readonly oldestAgeMs: number }> {
    const { deliveries, webhooks } = this.#record.tables
    const waiting = [...deliveries.values()].filter(
      ({ state, endpointId }) => state === 'waiting' && webhooks.get(endpointId)?.enabled === true,
    )
    const oldestMs = Math.min(this.#nowMs(), ...waiting.map(({ queuedAtMs }) => queuedAtMs))
    return Promise.resolve({ rows: waiting.length, oldestAgeMs: this.#nowMs() - oldestMs })
  }

  #note({ delivery, outcome, status, error, tookMs, restMs }: AttemptOutcome): void {
    const row = this.#record.tables.deliveries.get(delivery.id)
    if (row?.state !== 'waiting' || (outcome !== 'delivered' && row.attempts !== delivery.attempt)) return
    this.#record.tables.deliveries.set(row.id, {
      ...row,
      state: outcome === 'retry' ? 'waiting' : outcome,
      ...{ claimedUntilMs: 0, nextAttemptAtMs: this.#nowMs() + restMs },
      ...{ lastStatus: status, lastError: error, lastTookMs: Math.round(tookMs) },
    })
  }

  #judge({ id, succeeded, failures, gone }: EndpointNews, disableAfterMs: number): readonly Disabled[] {
    const endpoint = this.#record.tables.webhooks.get(id)
    if (!endpoint || (failures === 0 && endpoint.failuresInRow === 0)) return []
    const nowMs = this.#nowMs()
    const failuresInRow = (succeeded ? 0 : endpoint.failuresInRow) + failures
    const failingSinceMs = failures === 0 ? null : succeeded ? nowMs : (endpoint.failingSinceMs ?? nowMs)
    const isFailing = failingSinceMs !== null && failingSinceMs <= nowMs - disableAfterMs
    const cause = endpoint.disabledCause ?? (gone ? 'gone' : isFailing ? 'failing' : null)
    const restMs = Math.min(1_000 * 2 ** (failuresInRow - failuresBeforeRest), restMaxMs)
    const restUntilMs = failuresInRow < failuresBeforeRest ? 0 : nowMs + restMs
    this.#change(id, { failuresInRow, failingSinceMs, restUntilMs, disabledCause: cause, enabled: cause === null })
    return cause !== null && cause !== endpoint.disabledCause ? [{ id, cause }] : []
  }

  #put(
    id: DeliveryId,
    endpointId: WebhookId,
    roomId: RoomId | null,
    message: WebhookMessage,
  ): Promise<WebhookDelivery> {
    this.#record.putDelivery(id, endpointId, roomId, message)
    const made = this.#record.tables.deliveries.get(id)
    if (!made) throw new Error('a delivery that was put is not there')
    return Promise.resolve(toDelivery(made))
  }

  #change(id: WebhookId, changes: Partial<MemoryWebhook>): void {
    const before = this.#record.tables.webhooks.get(id)
    if (before) this.#record.tables.webhooks.set(id, { ...before, ...changes })
  }

  #of(id: WebhookId): MemoryDelivery[] {
    return [...this.#record.tables.deliveries.values()].filter(({ endpointId }) => endpointId === id)
  }

  #waitingFor(id: WebhookId, fromMs: number): number {
    return this.#of(id).filter(({ state, queuedAtMs }) => state === 'waiting' && queuedAtMs >= fromMs).length
  }

  #nowMs(): number {
    return this.#record.clock.wallMs()
  }
}

const toWebhook = ({
  rotatedBy: _,
  failuresInRow: __,
  restUntilMs: ___,
  enabledAtMs: ____,
  ...webhook
}: MemoryWebhook): Webhook => webhook

const toDelivery = ({ endpointId: _, body: __, claimedUntilMs: ___, ...row }: MemoryDelivery): WebhookDelivery => ({
  ...row,
  nextAttemptAtMs: row.state === 'waiting' ? row.nextAttemptAtMs : null,
})
