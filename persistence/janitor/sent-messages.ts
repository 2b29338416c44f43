import type pg from 'pg'
import { underLock } from './under-lock.ts'

/** Rows that one statement removes. */
const atOnce = 5_000
/** For so long a delivered message is kept to be looked at. */
const keptFor = '1 day'

/** Removes what was delivered to Temporal over a day ago, the oldest first; a few thousand a call. 'busy': somebody else does. */
export const removeSent = (pool: pg.Pool): Promise<number | 'busy'> =>
  underLock(pool, async (client) => {
    const removed = await client.query(
      `delete from outbox
        where id = any (array (
                select id from outbox where sent_at < now() - interval '${keptFor}' order by id limit $1))`,
      [atOnce],
    )
    return removed.rowCount ?? 0
  })
