import type pg from 'pg'
import { underLock } from './under-lock.ts'

/** Rows that one statement closes or removes. */
const atOnce = 2_000

/** What was done to the sessions. */
export interface SessionsKept {
  readonly closed: number
  readonly removed: number
}

/**
 * Closes the sessions whose seats were given up, since no gateway hears of all of those, and removes what closed over `keepDays`
 * ago. A few thousand a call; 'busy': somebody else does.
 */
export async function keepSessions(pool: pg.Pool, keepDays: number): Promise<SessionsKept | 'busy'> {
  const closed = await underLock(pool, closeLeft)
  if (closed === 'busy') return 'busy'
  const removed = await underLock(pool, (client) => removeOld(client, keepDays))
  return removed === 'busy' ? 'busy' : { closed, removed }
}

/** A session whose seat is not in the record at all is over, too, unless it is of today. */
async function closeLeft(client: pg.ClientBase): Promise<number> {
  const closed = await client.query(
    `with gone as (
            select session.session_id, coalesce(seat.last_activity, session.created_at) as gone_at
              from webrtc_sessions as session
              left join voice_participants as seat using (session_id)
             where session.disconnected_at is null
               and (seat.status = 'left' or (seat.session_id is null and session.created_at < now() - interval '1 day'))
             limit $1)
     update webrtc_sessions as session
        set status = 'closed', disconnected_at = greatest(gone.gone_at, session.created_at)
       from gone
      where session.session_id = gone.session_id and session.disconnected_at is null`,
    [atOnce],
  )
  return closed.rowCount ?? 0
}

async function removeOld(client: pg.ClientBase, keepDays: number): Promise<number> {
  const removed = await client.query(
    `delete from webrtc_sessions
      where session_id = any (array (
              select session_id from webrtc_sessions
               where disconnected_at < now() - $1 * interval '1 day'
               order by disconnected_at
               limit $2))`,
    [keepDays, atOnce],
  )
  return removed.rowCount ?? 0
}
