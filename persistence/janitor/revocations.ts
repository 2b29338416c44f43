import type pg from 'pg'
import { underLock } from './under-lock.ts'

/** Rows that one statement removes. */
const atOnce = 2_000

/** Removes revocations of tokens that have all expired by themselves. 'busy': somebody else does. */
export const removeOver = (pool: pg.Pool): Promise<number | 'busy'> =>
  underLock(pool, async (client) => {
    const removed = await client.query(
      `delete from voice_revoked_tokens
        where no = any (array (
                select no from voice_revoked_tokens
                 where until < now()
                 order by until
                 limit $1))`,
      [atOnce],
    )
    return removed.rowCount ?? 0
  })
