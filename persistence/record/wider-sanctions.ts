import type pg from 'pg'
import { AppError } from '../../protocol/errors.ts'
import type { RecordWrite } from '../record-writes.ts'
import { knownList } from '../sanctions/known.ts'
import { timestamp, writeRecords, type WritesOf } from './rows.ts'

/** The channel on which those are told of users on whom a wider sanction changed who tell rooms, or keep it in zones. */
export const spreadChannel = 'voice_sanction_spread'

/**
 * Holds, for the rest of the transaction, what stands on users beyond a room: whoever changes it waits for those who lean on it, and the
 * other way round. Users come in one order, so that two transactions never wait for each other in a ring. It has to be over before
 * anything is read: a statement sees what was committed when it began.
 */
export async function holdUsers(client: pg.ClientBase, writes: readonly RecordWrite[]): Promise<void> {
  const changes = new Map<string, boolean>()
  for (const write of writes) {
    const isChange = write.write === 'sanction.spread'
    if (isChange || (write.write === 'sanctions.known' && !changes.has(write.userId)))
      changes.set(write.userId, isChange)
  }
  await writeRecords(
    client,
    'hold-users',
    `select case when changes then pg_advisory_xact_lock(lock_id) else pg_advisory_xact_lock_shared(lock_id) end
       from (select hashtextextended('voice_sanctioned:' || user_id, 0) as lock_id, bool_or(changes) as changes
               from jsonb_to_recordset($1::jsonb) as held (user_id text, changes boolean)
              group by 1
              order by 1
             offset 0) as held`,
    Array.from(changes, ([userId, isChange]) => ({ user_id: userId, changes: isChange })),
  )
}

/** Throws SANCTIONS_CHANGED where what was decided leans on sanctions that stand otherwise. Behind `holdUsers`. */
export async function checkKnown(client: pg.ClientBase, writes: WritesOf<'sanctions.known'>): Promise<void> {
  if (writes.length === 0) return
  const { rows } = await client.query<{ user_id: string }>({
    name: 'check-known',
    text: `select fact.user_id
       from jsonb_to_recordset($1::jsonb) as fact (user_id text, guild_id text, at timestamptz, known jsonb)
      where fact.known <> coalesce((
              select jsonb_agg(format('%s %s %s', scope, kind, generation) order by scope collate "C", kind collate "C")
                from voice_sanctions as sanction
               where sanction.user_id = fact.user_id and sanction.lifted_at is null
                 and (sanction.until is null or sanction.until > fact.at)
                 and (sanction.scope = 'global' or (sanction.scope = 'guild' and sanction.scope_id = fact.guild_id))), '[]')
      limit 1`,
    values: [
      JSON.stringify(
        writes.map(({ userId, guildId, known, atMs }) => ({
          user_id: userId,
          guild_id: guildId,
          at: timestamp(atMs),
          known: knownList(known),
        })),
      ),
    ],
  })
  const [changed] = rows
  if (changed) throw new AppError('SANCTIONS_CHANGED', { user_id: changed.user_id })
}

/** Leaves word that the rooms of these users have something to learn, and wakes those who tell them. */
export async function spreadSanctions(client: pg.ClientBase, writes: WritesOf<'sanction.spread'>): Promise<void> {
  if (writes.length === 0) return
  await writeRecords(
    client,
    'spread-sanctions',
    `insert into sanction_spread (user_id)
     select distinct user_id
       from jsonb_to_recordset($1::jsonb) as word (user_id text)
      order by user_id
         on conflict (user_id) do update
        set changes = sanction_spread.changes + 1, changed_at = clock_timestamp(), attempts = 0,
            next_attempt_at = clock_timestamp(), last_error = null`,
    writes.map(({ userId }) => ({ user_id: userId })),
  )
  await writeRecords(
    client,
    'notify-spread',
    `select pg_notify('${spreadChannel}', user_id) from jsonb_to_recordset($1::jsonb) as word (user_id text)`,
    [...new Set(writes.map(({ userId }) => userId))].map((userId) => ({ user_id: userId })),
  )
}
