import type pg from 'pg'
import { inTransaction } from '../transaction.ts'

/** Names the work of janitors among the advisory locks of the database. */
const lockKey = 7_301_958_224
/** What a janitor waits for a table that somebody uses, ms: behind a waiting change of a table all its users wait as well. */
const tableLockMs = 2_000

/**
 * Does one piece of a janitor's work in a transaction of its own, unless a janitor somewhere is at work: then 'busy', at once.
 * The lock goes with the transaction, so it cannot outlive its holder.
 */
export function underLock<Value>(
  pool: pg.Pool,
  work: (client: pg.PoolClient) => Promise<Value>,
): Promise<Value | 'busy'> {
  return inTransaction(pool, async (client) => {
    const { rows } = await client.query<{ ours: boolean }>('select pg_try_advisory_xact_lock($1) as ours', [lockKey])
    if (rows[0]?.ours !== true) return 'busy'
    await client.query(`set local lock_timeout = ${tableLockMs}`)
    return work(client)
  })
}
