import type { WebhookId } from '../../protocol/webhooks/webhook.ts'
import type { Webhook, WebhookDelivery } from './port.ts'

/** An endpoint as the record in memory holds it. */
export interface MemoryWebhook extends Webhook {
  readonly enabledAtMs: number
  readonly rotatedBy: string | null
  readonly failuresInRow: number
  readonly restUntilMs: number
}

/** A delivery as the record in memory holds it. */
export interface MemoryDelivery extends WebhookDelivery {
  readonly endpointId: WebhookId
  readonly body: string
  readonly nextAttemptAtMs: number
  /** 0 for in nobody's hand. */
  readonly claimedUntilMs: number
}
