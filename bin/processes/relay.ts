import { watchLease } from '../../cluster/index.ts'
import { auditMetrics, PgAuditTrail, PgOutbox } from '../../persistence/index.ts'
import { createRelayMetrics, Relay, temporalStarter } from '../../workflows/index.ts'
import type { Config } from '../config.ts'
import { backgroundTimers, systemClock } from '../system-ports.ts'
import { takeCheckpoints } from './audit-checkpoints.ts'
import type { Frame } from './frame.ts'
import { startJanitor } from './janitor.ts'
import { factsOf, pageOf, takeSeat } from './seat.ts'
import { openPool } from './storage.ts'
import { startWebhooks } from './webhooks.ts'

/** A relay: it hands rows of the outbox to Temporal, sends webhooks, keeps the tables that grow, and has the ends of the audit log's chains witnessed. */
export async function startRelay(config: Config<'relay'>, frame: Frame): Promise<void> {
  const { log, lifecycle, registry } = frame
  const pool = openPool(config, frame)
  const self = factsOf('relay', config)
  const seat = await takeSeat(self, config, { log, lifecycle })
  watchLease(registry, seat.lease)
  const { address, namespace, apiKey, tls } = config.temporal
  const starter = temporalStarter({ address, namespace, apiKey, tls, identity: config.processId })
  lifecycle.onStop('temporal', () => starter.close())
  let isTemporalUp = false
  const metrics = createRelayMetrics(registry)
  const relay = new Relay({
    outbox: new PgOutbox({ pool, databaseUrl: config.database.url, timers: backgroundTimers, logger: log }),
    starter,
    clock: systemClock,
    timers: backgroundTimers,
    logger: log,
    metrics: {
      ...metrics,
      temporalUp: (up) => {
        isTemporalUp = up
        metrics.temporalUp(up)
      },
    },
  })
  relay.start()
  lifecycle.onStop('relay', () => relay.stop(), 15_000)
  startWebhooks(config, pool, frame)
  startJanitor(config, frame)
  const stopCheckpoints = takeCheckpoints({
    trail: new PgAuditTrail(pool),
    everyMs: config.audit.checkpointMs,
    timers: backgroundTimers,
    logger: log,
    metrics: auditMetrics(registry, () => systemClock.monotonicMs()),
  })
  lifecycle.onStop('checkpoints', stopCheckpoints)
  frame.tell({
    checks: () => (isTemporalUp ? [] : ['Temporal does not answer']),
    cluster: await pageOf(self, seat, pool),
  })
  await seat.lease.announce('up')
}
