import type { WebhookId } from '../../protocol/webhooks/webhook.ts'
import type { AttemptOutcome } from './port.ts'

/** What a batch of outcomes says of one endpoint. */
export interface EndpointNews {
  readonly id: WebhookId
  /** Something got through. */
  readonly succeeded: boolean
  /** Failures behind the last success of the batch, or all of them. */
  readonly failures: number
  readonly gone: boolean
}

/** Sums outcomes up by endpoint, in their order. */
export function newsOf(outcomes: readonly AttemptOutcome[]): readonly EndpointNews[] {
  const news = new Map<WebhookId, EndpointNews>()
  for (const { delivery, outcome, gone } of outcomes) {
    const { id } = delivery.endpoint
    const before = news.get(id) ?? { id, succeeded: false, failures: 0, gone: false }
    const after =
      outcome === 'delivered'
        ? { ...before, succeeded: true, failures: 0 }
        : { ...before, failures: before.failures + 1, gone: before.gone || gone }
    news.set(id, after)
  }
  return [...news.values()]
}
