import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type { DisabledCause } from '../../protocol/webhooks/webhook.ts'

/** What a relay tells of its webhooks. */
export interface WebhookMetrics {
  /** What waits for enabled endpoints. `oldestAgeMs` is 0 when nothing does. */
  backlog(rows: number, oldestAgeMs: number): void
  underWay(count: number): void
  attempted(outcome: 'delivered' | 'retry' | 'dead', tookMs: number): void
  givenUp(count: number): void
  /** From being put there until it was delivered. */
  delivered(afterMs: number): void
  disabled(cause: DisabledCause): void
}

/** Registers the metrics of webhooks. A registry takes one relay. */
export function createWebhookMetrics(registry: Registry): WebhookMetrics {
  const registers = [registry]
  const rows = new Gauge({ name: 'voice_webhook_rows_waiting', help: 'Deliveries that wait.', registers })
  const age = new Gauge({
    name: 'voice_webhook_age_seconds',
    help: 'Age of the oldest delivery that waits.',
    registers,
  })
  const underWay = new Gauge({ name: 'voice_webhook_in_flight', help: 'Deliveries under way.', registers })
  const attempts = new Counter({
    name: 'voice_webhook_attempts_total',
    help: 'Attempts to deliver, by outcome; dead: it was the last one.',
    labelNames: ['outcome'],
    registers,
  })
  const seconds = new Histogram({
    name: 'voice_webhook_attempt_seconds',
    help: 'Time that receivers take.',
    labelNames: ['outcome'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  })
  const latency = new Histogram({
    name: 'voice_webhook_delivery_seconds',
    help: 'From the event until it was delivered.',
    buckets: [0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3_600, 21_600, 86_400],
    registers,
  })
  const givenUp = new Counter({
    name: 'voice_webhook_given_up_total',
    help: 'Deliveries that became too old while nobody tried them.',
    registers,
  })
  const disabled = new Counter({
    name: 'voice_webhook_endpoints_disabled_total',
    help: 'Endpoints that were disabled by themselves, by cause.',
    labelNames: ['cause'],
    registers,
  })
  return {
    backlog: (waiting, oldestAgeMs) => {
      rows.set(waiting)
      age.set(oldestAgeMs / 1_000)
    },
    underWay: (count) => underWay.set(count),
    attempted: (outcome, tookMs) => {
      attempts.inc({ outcome })
      seconds.observe({ outcome }, tookMs / 1_000)
    },
    givenUp: (count) => givenUp.inc(count),
    delivered: (afterMs) => latency.observe(Math.max(0, afterMs) / 1_000),
    disabled: (cause) => disabled.inc({ cause }),
  }
}
