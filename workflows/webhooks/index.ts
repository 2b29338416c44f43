/* The door of webhooks, apart from that of `workflows`: who looks at an address alone does not load Temporal. */
export { addressRule, type AddressRule } from './addresses.ts'
export { createWebhookMetrics } from './metrics.ts'
export { dnsResolver, type Resolve } from './resolver.ts'
export { webhookSender } from './sender.ts'
export { urlRule, type UrlProblem } from './url-rule.ts'
export { WebhookRelay, type WebhookRelayDeps } from './webhook-relay.ts'
