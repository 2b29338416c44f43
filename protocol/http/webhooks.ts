import { Type, type Static } from '@sinclair/typebox'
import { RoomId, UserId } from '../ids.ts'
import { GameId } from '../room/values.ts'
import { IsoTime, list, nullable, oneOf } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import { webhookEvents, webhookEventTypes, WebhookMessageId } from '../webhooks/events.ts'
import { DeliveryId, DeliveryState, DisabledCause, WebhookId } from '../webhooks/webhook.ts'
import { endpoint } from './endpoint.ts'
import { NextCursor } from './rooms.ts'

const EventType = oneOf(webhookEventTypes)
/** What a delivery may carry: the test event, too. */
const SentType = oneOf(webhookEvents.map(({ properties }) => properties.type.const))

const fields = {
  url: Type.String({ minLength: 1, maxLength: 2_000, format: 'text' }),
  description: Type.String({ maxLength: 200, format: 'text' }),
  /** Empty: every type. */
  events: list(EventType, { maxItems: 50 }),
  /** Of this room alone; of this guild's rooms alone. */
  room_id: nullable(RoomId),
  guild_id: nullable(GameId),
  enabled: Type.Boolean(),
}

/** An endpoint. Its secret is shown when it is made, and nowhere else. */
export const WebhookView = strict({
  webhook_id: WebhookId,
  ...fields,
  /** Null while it is enabled. */
  disabled_cause: nullable(DisabledCause),
  /** Since when nothing got through; null while the last attempt did, or none was made. */
  failing_since: nullable(IsoTime),
  /** Until then the secret before signs, too. */
  previous_secret_until: nullable(IsoTime),
  created_by: UserId,
  created_at: IsoTime,
  updated_at: IsoTime,
})
export type WebhookView = Static<typeof WebhookView>

const Secret = Type.String({ pattern: '^whsec_[A-Za-z0-9+/]{43}=$' })

export const DeliveryView = strict({
  delivery_id: DeliveryId,
  /** The `webhook-id` under which it is sent. */
  message_id: WebhookMessageId,
  type: SentType,
  room_id: nullable(RoomId),
  state: DeliveryState,
  attempts: Type.Integer({ minimum: 0 }),
  queued_at: IsoTime,
  next_attempt_at: nullable(IsoTime),
  last_attempt_at: nullable(IsoTime),
  last_status: nullable(Type.Integer()),
  last_error: nullable(Type.String()),
  last_took_ms: nullable(Type.Integer()),
})
export type DeliveryView = Static<typeof DeliveryView>

const WebhookParams = strict({ webhookId: WebhookId })
const privileged = { auth: 'token', limit: 'rest', errors: ['FORBIDDEN', 'WEBHOOKS_OFF'] } as const
const ofOne = {
  ...privileged,
  params: WebhookParams,
  errors: [...privileged.errors, 'WEBHOOK_NOT_FOUND'],
} as const

export const createWebhook = endpoint({
  ...privileged,
  name: 'webhooks.create',
  method: 'POST',
  path: '/api/v1/webhooks',
  summary: 'Have events sent to an address',
  body: strict({
    url: fields.url,
    description: Type.Optional(fields.description),
    events: Type.Optional(fields.events),
    room_id: Type.Optional(fields.room_id),
    guild_id: Type.Optional(fields.guild_id),
    enabled: Type.Optional(fields.enabled),
  }),
  status: 201,
  reply: strict({ ...WebhookView.properties, secret: Secret }),
  errors: [...privileged.errors, 'WEBHOOK_URL_REFUSED', 'TOO_MANY_WEBHOOKS'],
})

export const listWebhooks = endpoint({
  ...privileged,
  name: 'webhooks.list',
  method: 'GET',
  path: '/api/v1/webhooks',
  summary: 'List the webhooks, oldest first',
  status: 200,
  reply: strict({ webhooks: list(WebhookView) }),
})

export const readWebhook = endpoint({
  ...ofOne,
  name: 'webhooks.read',
  method: 'GET',
  path: '/api/v1/webhooks/{webhookId}',
  summary: 'Read a webhook',
  status: 200,
  reply: WebhookView,
})

export const updateWebhook = endpoint({
  ...ofOne,
  name: 'webhooks.update',
  method: 'PATCH',
  path: '/api/v1/webhooks/{webhookId}',
  summary: 'Change a webhook, or switch it on or off',
  body: Type.Partial(strict(fields)),
  status: 200,
  reply: WebhookView,
  errors: [...ofOne.errors, 'WEBHOOK_URL_REFUSED'],
})

export const removeWebhook = endpoint({
  ...ofOne,
  name: 'webhooks.remove',
  method: 'DELETE',
  path: '/api/v1/webhooks/{webhookId}',
  summary: 'Remove a webhook, and with it what waits for it',
  status: 204,
})

/** The longest that two secrets may sign together, s: a week. */
export const overlapMaxS = 7 * 86_400

export const rotateWebhookSecret = endpoint({
  ...ofOne,
  name: 'webhooks.rotate_secret',
  method: 'POST',
  path: '/api/v1/webhooks/{webhookId}/secret/rotate',
  summary: 'Make a new secret of a webhook; the one before signs for a while, too',
  body: strict({ overlap: Type.Optional(Type.Integer({ minimum: 0, maximum: overlapMaxS })) }),
  status: 200,
  reply: strict({ webhook_id: WebhookId, secret: Secret, previous_secret_until: IsoTime }),
})

export const listDeliveries = endpoint({
  ...ofOne,
  name: 'webhooks.deliveries',
  method: 'GET',
  path: '/api/v1/webhooks/{webhookId}/deliveries',
  summary: 'List what was sent, or is to be sent, to a webhook, newest first',
  query: strict({
    state: Type.Optional(DeliveryState),
    type: Type.Optional(SentType),
    limit: Type.Optional(Type.String({ pattern: '^([1-9][0-9]?|100)$' })),
    cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
  }),
  status: 200,
  reply: strict({ deliveries: list(DeliveryView), next_cursor: NextCursor }),
})

export const redeliver = endpoint({
  ...ofOne,
  name: 'webhooks.redeliver',
  method: 'POST',
  path: '/api/v1/webhooks/{webhookId}/deliveries/{deliveryId}/redeliver',
  summary: 'Send a message once more, under the same message id',
  params: strict({ webhookId: WebhookId, deliveryId: DeliveryId }),
  status: 202,
  reply: DeliveryView,
  errors: [...privileged.errors, 'DELIVERY_NOT_FOUND'],
})

export const testWebhook = endpoint({
  ...ofOne,
  name: 'webhooks.test',
  method: 'POST',
  path: '/api/v1/webhooks/{webhookId}/test',
  summary: 'Send a test event to a webhook',
  status: 202,
  reply: DeliveryView,
})

export const webhookEndpoints = [
  createWebhook,
  listWebhooks,
  readWebhook,
  updateWebhook,
  removeWebhook,
  rotateWebhookSecret,
  listDeliveries,
  redeliver,
  testWebhook,
] as const
