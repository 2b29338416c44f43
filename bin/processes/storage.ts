import type { Registry } from 'prom-client'
import { createPool, persistenceMetrics, PgActorJournal, watchPool, writeRecord } from '../../persistence/index.ts'
import type { ActorJournal } from '../../persistence/journal/port.ts'
import type { RecordWrite } from '../../persistence/record-writes.ts'
import type { Logger } from '../../protocol/ports.ts'
import type { CommonConfig, NeededConfig } from '../config.ts'
import type { Lifecycle } from '../lifecycle.ts'

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

/** The journal and the record behind it. A registry takes one. */
export const openJournal = (pool: ReturnType<typeof openPool>, registry: Registry): ActorJournal<RecordWrite> =>
  new PgActorJournal<RecordWrite>(pool, writeRecord, persistenceMetrics(registry))
