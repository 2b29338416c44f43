import type { RoomId, UserId } from '../../protocol/ids.ts'
import type { WebhookEventType } from '../../protocol/webhooks/events.ts'
import type { DeliveryId, DeliveryState, DisabledCause, WebhookId } from '../../protocol/webhooks/webhook.ts'
import type { Webhook, WebhookDelivery } from './port.ts'

/** The columns of an endpoint. */
export const webhookColumns = `id, url, description, events, room_id, guild_id, disabled_cause, secret_version, previous_secret_until,
  created_by, created_at, updated_at, failing_since`

export interface WebhookRow {
  readonly id: WebhookId
  readonly url: string
  readonly description: string
  readonly events: readonly WebhookEventType[]
  readonly room_id: RoomId | null
  readonly guild_id: string | null
  readonly disabled_cause: DisabledCause | null
  readonly secret_version: number
  readonly previous_secret_until: Date | null
  readonly created_by: UserId
  readonly created_at: Date
  readonly updated_at: Date
  readonly failing_since: Date | null
}

const msOrNull = (date: Date | null): number | null => date?.getTime() ?? null

export const toWebhook = (row: WebhookRow): Webhook => ({
  id: row.id,
  url: row.url,
  description: row.description,
  events: row.events,
  roomId: row.room_id,
  guildId: row.guild_id,
  enabled: row.disabled_cause === null,
  disabledCause: row.disabled_cause,
  secretVersion: row.secret_version,
  previousSecretUntilMs: msOrNull(row.previous_secret_until),
  createdBy: row.created_by,
  createdAtMs: row.created_at.getTime(),
  updatedAtMs: row.updated_at.getTime(),
  failingSinceMs: msOrNull(row.failing_since),
})

/** The columns of a delivery, but for what is sent. */
export const deliveryColumns = `id, message_id, type, room_id, state, attempts, timestamp, next_attempt_at, last_attempt_at, last_status,
  last_error, last_took_ms`

export interface DeliveryRow {
  readonly id: DeliveryId
  readonly message_id: string
  readonly type: WebhookEventType
  readonly room_id: RoomId | null
  readonly state: DeliveryState
  readonly attempts: number
  readonly timestamp: Date
  readonly next_attempt_at: Date
  readonly last_attempt_at: Date | null
  readonly last_status: number | null
  readonly last_error: string | null
  readonly last_took_ms: number | null
}

export const toDelivery = (row: DeliveryRow): WebhookDelivery => ({
  id: row.id,
  messageId: row.message_id,
  type: row.type,
  roomId: row.room_id,
  state: row.state,
  attempts: row.attempts,
  queuedAtMs: row.timestamp.getTime(),
  nextAttemptAtMs: row.state === 'waiting' ? row.next_attempt_at.getTime() : null,
  lastAttemptAtMs: msOrNull(row.last_attempt_at),
  lastStatus: row.last_status,
  lastError: row.last_error,
  lastTookMs: row.last_took_ms,
})
