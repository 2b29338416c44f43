import { hkdfSync } from 'node:crypto'
import type { WebhookId } from '../../protocol/webhooks/webhook.ts'

/** The secret of an endpoint in that version, as the specification writes it: `whsec_` and base64. */
export type WebhookSecretOf = (id: WebhookId, version: number) => string

/**
 * Secrets that stand nowhere: each follows from the key of the deployment, the endpoint and its version (HKDF, SHA-256, 32 bytes). Who
 * reads the database learns none, and who has one learns no other.
 */
export const webhookSecrets =
  (key: string): WebhookSecretOf =>
  (id, version) =>
    `whsec_${Buffer.from(hkdfSync('sha256', key, 'voice webhooks', `${id}/${version}`, 32)).toString('base64')}`
