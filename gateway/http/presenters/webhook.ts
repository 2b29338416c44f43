import type { Webhook, WebhookDelivery } from '../../../persistence/webhooks/port.ts'
import type { DeliveryView, WebhookView } from '../../../protocol/http/webhooks.ts'
import { isoTime, isoTimeOrNull } from '../../../protocol/iso-time.ts'

export const presentWebhook = (webhook: Webhook): WebhookView => ({
  webhook_id: webhook.id,
  url: webhook.url,
  description: webhook.description,
  // The test event is nothing to ask for: what is stored was checked when it came in.
  events: webhook.events as WebhookView['events'],
  room_id: webhook.roomId,
  guild_id: webhook.guildId,
  enabled: webhook.enabled,
  disabled_cause: webhook.disabledCause,
  failing_since: isoTimeOrNull(webhook.failingSinceMs),
  previous_secret_until: isoTimeOrNull(webhook.previousSecretUntilMs),
  created_by: webhook.createdBy,
  created_at: isoTime(webhook.createdAtMs),
  updated_at: isoTime(webhook.updatedAtMs),
})

export const presentDelivery = (delivery: WebhookDelivery): DeliveryView => ({
  delivery_id: delivery.id,
  message_id: delivery.messageId,
  type: delivery.type,
  room_id: delivery.roomId,
  state: delivery.state,
  attempts: delivery.attempts,
  queued_at: isoTime(delivery.queuedAtMs),
  next_attempt_at: isoTimeOrNull(delivery.nextAttemptAtMs),
  last_attempt_at: isoTimeOrNull(delivery.lastAttemptAtMs),
  last_status: delivery.lastStatus,
  last_error: delivery.lastError,
  last_took_ms: delivery.lastTookMs,
})
