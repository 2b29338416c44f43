import { Type, type Static } from '@sinclair/typebox'
import type { Brand } from '../ids.ts'
import { oneOf } from '../schema.ts'

/** One endpoint that events are sent to. A UUID. */
export type WebhookId = Brand<'WebhookId'>
export const WebhookId = Type.Unsafe<WebhookId>(Type.String({ format: 'uuid' }))

/** One message on its way to one endpoint. A UUID; the message may have several. */
export type DeliveryId = Brand<'DeliveryId'>
export const DeliveryId = Type.Unsafe<DeliveryId>(Type.String({ format: 'uuid' }))

/**
 * Why an endpoint is sent nothing: somebody switched it off, it answered 410 Gone, it failed for days, or more waited for it than may.
 */
export const DisabledCause = oneOf(['by_hand', 'gone', 'failing', 'queue_full'])
export type DisabledCause = Static<typeof DisabledCause>

/** `waiting` for its next attempt, `delivered`, or `dead`: given up. */
export const DeliveryState = oneOf(['waiting', 'delivered', 'dead'])
export type DeliveryState = Static<typeof DeliveryState>

/** Endpoints of a deployment at the most; above it TOO_MANY_WEBHOOKS. */
export const webhooksMax = 100
