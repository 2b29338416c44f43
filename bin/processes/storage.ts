import type { Registry } from 'prom-client'
import {
  createPool,
  persistenceMetrics,
  PgActorJournal,
  PgWebhookRegistry,
  watchPool,
  WebhookInterest,
  writeRecord,
} from '../../persistence/index.ts'
import type { ActorJournal } from '../../persistence/journal/port.ts'
import type { RecordWrite } from '../../persistence/record-writes.ts'
import type { Logger } from '../../protocol/ports.ts'
import type { CommonConfig, NeededConfig } from '../config.ts'
import type { Lifecycle } from '../lifecycle.ts'
import { backgroundTimers, systemClock } from '../system-ports.ts'
import type { Frame } from './frame.ts'

/** The pool of a process, closed when it stops. Nothing is connected until the first query. */
export function openPool(
  { database, processId }: Pick<NeededConfig, 'database'> & Pick<CommonConfig, 'processId'>,
  { log, lifecycle, registry }: { log: Logger; lifecycle: Lifecycle; registry: Registry },
) {
  const pool = createPool(database.url, {
    applicationName: processId,
    maxConnections: database.maxConnections,
    maxIdleConnections: database.maxIdleConnections,
    connectionLifetimeMs: database.connectionLifetimeMs,
    logger: log,
  })
  lifecycle.onStop('postgres', () => pool.end())
  watchPool(registry, pool)
  return pool
}

/** The journal and the record behind it, which hears of nothing that no webhook wants. A registry takes one. */
export function openJournal(
  pool: ReturnType<typeof openPool>,
  { log, lifecycle, registry }: Pick<Frame, 'log' | 'lifecycle' | 'registry'>,
): ActorJournal<RecordWrite> {
  const webhooks = new PgWebhookRegistry(pool, systemClock)
  const interest = new WebhookInterest({
    ...{ read: () => webhooks.wanted(), clock: systemClock, timers: backgroundTimers, logger: log },
  })
  void interest.refresh()
  lifecycle.onStop('interest in webhooks', () => interest.stop())
  return new PgActorJournal<RecordWrite>(
    pool,
    (client, writes) => writeRecord(client, interest.keep(writes)),
    persistenceMetrics(registry),
  )
}
