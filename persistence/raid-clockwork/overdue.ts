import type pg from 'pg'
import { raidMessageKey } from '../../protocol/raids/workflow.ts'
import { occurrenceMessage, plannedAheadMs, seriesMessage } from '../raids/plan.ts'
import { outboxWrites, raidColumns, toRaid, type RaidRow } from '../raids/rows.ts'
import { writeRecord } from '../record/write-record.ts'

/** So long what is due is left to its workflow, ms. */
const leewayMs = 30_000
/** A schedule fires 36 hours before an occurrence at the latest: one that has no row by then was forgotten, ms. */
const plannedByMs = plannedAheadMs / 2 - 6 * 3_600_000
const keptMs = 2 * 86_400_000

/** The third clock of raids: whatever Temporal lost or missed is told to it again, if no message for it waits already. */
export async function requeueOverdue(client: pg.ClientBase, nowMs: number, limit: number): Promise<number> {
  const late = new Date(nowMs - leewayMs)
  const occurrences = await client.query<RaidRow & { slot: string }>(
    `select ${raidColumns}, one.slot
       from voice_raid_occurrences as one join voice_raids as raid using (raid_id)
      where one.status in ('planned', 'opening')
            and case when raid.status = 'paused' then one.starts_at + interval '15 minutes'
                     else one.starts_at - raid.opens_before_s * interval '1 second' end < $1
         or one.status = 'open' and one.ends_at < $1
         or one.status in ('cancelled', 'missed', 'skipped') and one.made_at is not null and one.ended_at < $1
      order by one.starts_at
      limit $2`,
    [late, limit],
  )
  const series = await client.query<RaidRow>(
    `select ${raidColumns}
       from voice_raids as raid
      where status = 'active' and rule is not null and next_at < $1 and not exists (
              select from voice_raid_occurrences as one
               where one.raid_id = raid.raid_id and one.status in ('planned', 'opening', 'open'))
      order by next_at
      limit $2`,
    [new Date(nowMs + plannedByMs), limit],
  )
  const messages = [
    ...occurrences.rows.map((row) => occurrenceMessage(toRaid(row), row.slot)),
    ...series.rows.flatMap((row) => seriesMessage(toRaid(row))),
  ]
  const waiting = await client.query<{ key: string }>(
    `select distinct key from outbox where sent_at is null and key = any($1)`,
    [messages.map(raidMessageKey)],
  )
  const keys = new Set(waiting.rows.map(({ key }) => key))
  const again = messages.filter((message) => !keys.has(raidMessageKey(message)))
  await writeRecord(client, outboxWrites(again, nowMs))
  return again.length
}

/** Takes away what only served to do things once. */
export async function tidy(pool: pg.Pool, nowMs: number): Promise<void> {
  const before = new Date(nowMs - keptMs)
  await pool.query(`delete from voice_raid_commands where at < $1`, [before])
  await pool.query(`delete from voice_raid_notices where at < $1`, [before])
}
