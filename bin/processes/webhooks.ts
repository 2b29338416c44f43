import { PgWebhookQueue, webhookSecrets } from '../../persistence/index.ts'
import {
  addressRule,
  createWebhookMetrics,
  dnsResolver,
  urlRule,
  WebhookRelay,
  webhookSender,
} from '../../workflows/webhooks/index.ts'
import type { Config, NeededConfig } from '../config.ts'
import { backgroundTimers, systemClock, systemRandom } from '../system-ports.ts'
import type { Frame } from './frame.ts'
import type { openPool } from './storage.ts'

/** A name is given so long to be found, ms. */
const resolveMs = 3_000

/** How the addresses of receivers are judged: the same where one is given and where something is sent to it. */
export function webhookAddresses({ allowedNetworks, allowHttp }: NeededConfig['webhooks']) {
  const isOpen = addressRule(allowedNetworks)
  return { isOpen, urlProblem: urlRule({ allowHttp, isOpen }) }
}

/** Sends webhooks, where the deployment has a key for their secrets. */
export function startWebhooks(
  { webhooks }: Config<'relay'>,
  pool: ReturnType<typeof openPool>,
  { log, lifecycle, registry }: Frame,
): void {
  if (webhooks.key === null) {
    log.info({ setting: 'VOICE_WEBHOOK_KEY' }, 'webhooks.off')
    return
  }
  const { timeoutMs, disableAfterMs } = webhooks
  const machine = { clock: systemClock, timers: backgroundTimers }
  const relay = new WebhookRelay({
    queue: new PgWebhookQueue(pool, systemClock),
    send: webhookSender({ resolve: dnsResolver(resolveMs), ...webhookAddresses(webhooks), timeoutMs, ...machine }),
    secretOf: webhookSecrets(webhooks.key),
    options: { timeoutMs, disableAfterMs },
    ...{ ...machine, random: systemRandom, logger: log, metrics: createWebhookMetrics(registry) },
  })
  relay.start()
  lifecycle.onStop('webhooks', () => relay.stop(), timeoutMs + 5_000)
}
