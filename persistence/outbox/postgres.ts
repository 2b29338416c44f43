import type pg from 'pg'
import type { Logger, Timers } from '../../protocol/ports.ts'
import { clockKeyOf, type OutboxMessage } from '../../protocol/workflows.ts'
import { outboxChannel, putOutbox } from '../record/put-outbox.ts'
import { inTransaction } from '../transaction.ts'
import { restAfterMs } from './back-off.ts'
import { listenTo } from './listener.ts'
import type { Delivery, Outbox, OutboxRow, OutboxWriter } from './port.ts'

export interface PgOutboxDeps {
  readonly pool: pg.Pool
  /** For the connection that listens; a pool's connections come and go. */
  readonly databaseUrl: string
  readonly timers: Timers
  readonly logger: Logger
}

/** A delivery that takes longer loses its rows again, ms. */
const deliverMaxMs = 60_000

interface Row {
  readonly id: number
  readonly key: string
  readonly message: OutboxMessage
  readonly created_at: Date
  readonly attempts: number
}

/**
 * The outbox in Postgres. A batch is one transaction, open while it is delivered: its row locks are what other relays see of
 * it, and they vanish with the relay. It holds one connection of the pool for as long.
 */
export class PgOutbox implements Outbox, OutboxWriter {
  readonly #deps: PgOutboxDeps

  constructor(deps: PgOutboxDeps) {
    this.#deps = deps
  }

  deliverBatch(limit: number, deliver: (rows: readonly OutboxRow[]) => Promise<readonly Delivery[]>): Promise<number> {
    return inTransaction(this.#deps.pool, async (client) => {
      await client.query(`set local idle_in_transaction_session_timeout = ${deliverMaxMs}`)
      const rows = await takeDue(client, limit)
      if (rows.length === 0) return 0
      const deliveries = await deliver(rows.map(toOutboxRow))
      await markSent(client, sentOf(rows, deliveries))
      await markFailed(client, failedOf(rows, deliveries))
      return rows.length
    })
  }

  put(messages: readonly OutboxMessage[]): Promise<void> {
    return inTransaction(this.#deps.pool, async (client) => {
      const keys = messages.map(clockKeyOf)
      const { rows } = await client.query<{ key: string }>(
        `select key from outbox where sent_at is null and key = any($1)`,
        [keys],
      )
      const waiting = new Set(rows.map(({ key }) => key))
      const wanted = messages.filter((_, index) => !waiting.has(keys[index] ?? ''))
      const atMs = Date.now()
      await putOutbox(
        client,
        wanted.map((message) => ({ write: 'outbox', key: clockKeyOf(message), message, atMs })),
      )
    })
  }

  async backlog(): Promise<{ readonly rows: number; readonly oldestAgeMs: number }> {
    const found = await this.#deps.pool.query<{ rows: number; oldest_age_ms: number }>(
      `select count(*) as rows,
              coalesce(greatest(extract(epoch from now() - min(coalesce(held_until, created_at))) * 1000, 0), 0)::float8
                as oldest_age_ms
         from outbox
        where sent_at is null and (held_until is null or held_until <= now())`,
    )
    return { rows: found.rows[0]?.rows ?? 0, oldestAgeMs: found.rows[0]?.oldest_age_ms ?? 0 }
  }

  listen(wake: () => void): Promise<() => Promise<void>> {
    return listenTo(outboxChannel, wake, this.#deps)
  }
}

/** Locks the newest row of each key that is due, and with it the key's older ones. */
async function takeDue(client: pg.ClientBase, limit: number): Promise<readonly Row[]> {
  const due = await client.query<Row>(
    `select id, key, message, created_at, attempts
       from outbox as row
      where sent_at is null and next_attempt_at <= now() and not exists (
              select from outbox as newer where newer.key = row.key and newer.id > row.id and newer.sent_at is null)
      order by next_attempt_at, id
      limit $1
        for update skip locked`,
    [limit],
  )
  const busy = await lockOlder(client, due.rows)
  return due.rows.filter(({ key }) => !busy.has(key))
}

/**
 * Locks the older unsent rows of the keys and returns the keys of which another relay holds one: an older row that is under
 * way elsewhere must not arrive behind the newer one.
 */
async function lockOlder(client: pg.ClientBase, newest: readonly Row[]): Promise<ReadonlySet<string>> {
  const keysAndIds = [newest.map(({ key }) => key), newest.map(({ id }) => id)]
  const older = `select old.id, old.key
                   from outbox as old
                   join unnest($1::text[], $2::bigint[]) as newest (key, id) on newest.key = old.key and newest.id > old.id
                  where old.sent_at is null`
  const all = await client.query<{ id: number; key: string }>(older, keysAndIds)
  if (all.rows.length === 0) return new Set()
  const locked = await client.query<{ id: number }>(`${older} for update of old skip locked`, keysAndIds)
  const ours = new Set(locked.rows.map(({ id }) => id))
  return new Set(all.rows.filter(({ id }) => !ours.has(id)).map(({ key }) => key))
}

async function markSent(client: pg.ClientBase, sent: readonly Row[]): Promise<void> {
  if (sent.length === 0) return
  await client.query(
    `update outbox as row
        set sent_at = clock_timestamp(), superseded = row.id < newest.id, last_error = null,
            attempts = attempts + case when row.id = newest.id then 1 else 0 end
       from unnest($1::text[], $2::bigint[]) as newest (key, id)
      where row.key = newest.key and row.id <= newest.id and row.sent_at is null`,
    [sent.map(({ key }) => key), sent.map(({ id }) => id)],
  )
}

interface Failed {
  readonly row: Row
  readonly error: string
}

async function markFailed(client: pg.ClientBase, failed: readonly Failed[]): Promise<void> {
  if (failed.length === 0) return
  await client.query(
    `update outbox as row
        set attempts = attempts + 1, last_error = failure.error,
            next_attempt_at = clock_timestamp() + failure.rest_ms * interval '1 millisecond'
       from unnest($1::bigint[], $2::text[], $3::float8[]) as failure (id, error, rest_ms)
      where row.id = failure.id`,
    [
      failed.map(({ row }) => row.id),
      failed.map(({ error }) => error),
      failed.map(({ row }) => restAfterMs(row.attempts + 1)),
    ],
  )
}

const sentOf = (rows: readonly Row[], deliveries: readonly Delivery[]): readonly Row[] => {
  const sent = new Set(deliveries.filter((delivery) => delivery.sent).map(({ id }) => id))
  return rows.filter(({ id }) => sent.has(String(id)))
}

/** A row of which nothing was said has failed, too. */
function failedOf(rows: readonly Row[], deliveries: readonly Delivery[]): readonly Failed[] {
  const outcome = new Map(deliveries.map((delivery) => [delivery.id, delivery]))
  return rows.flatMap((row) => {
    const delivery = outcome.get(String(row.id))
    return delivery?.sent ? [] : [{ row, error: delivery?.error ?? 'nothing was said of it' }]
  })
}

const toOutboxRow = ({ id, key, message, created_at, attempts }: Row): OutboxRow => ({
  id: String(id),
  key,
  message,
  createdAtMs: created_at.getTime(),
  attempts,
})
