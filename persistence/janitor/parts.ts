import type pg from 'pg'
import { dayOfPart, isoDay, partName, planParts, type Day, type PartsAsTheyAre } from './day-parts.ts'
import { underLock } from './under-lock.ts'

/** The tables that have a part a day, by `timestamp`. */
export const dailyTables = ['signaling_messages', 'voice_quality_metrics', 'webhook_deliveries'] as const
export type DailyTable = (typeof dailyTables)[number]

/** What was done to the parts of a table. */
export interface PartsKept {
  readonly made: number
  readonly dropped: number
  /** Rows of the default part that were too old, or of a day that is too far ahead. */
  readonly straysRemoved: number
}

/** Makes the parts that are missing, drops those whose time is over, and clears the default part. 'busy': somebody else does. */
export async function keepParts(pool: pg.Pool, table: DailyTable, keepDays: number): Promise<PartsKept | 'busy'> {
  const seen = await underLock(pool, (client) => partsOf(client, table))
  if (seen === 'busy') return 'busy'
  const plan = planParts(seen, keepDays)
  for (const day of plan.make) {
    if ((await underLock(pool, (client) => makePart(client, table, day))) === 'busy') return 'busy'
  }
  for (const day of plan.drop) {
    if ((await underLock(pool, (client) => dropPart(client, table, day))) === 'busy') return 'busy'
  }
  const straysRemoved =
    seen.strays.length === 0 ? 0 : await underLock(pool, (client) => removeStrays(client, table, plan.keep))
  if (straysRemoved === 'busy') return 'busy'
  return { made: plan.make.length, dropped: plan.drop.length, straysRemoved }
}

async function partsOf(client: pg.ClientBase, table: DailyTable): Promise<PartsAsTheyAre> {
  const now = await client.query<{ today: Day }>(`select floor(extract(epoch from now()) / 86400)::integer as today`)
  const parts = await client.query<{ name: string }>(
    `select part.relname as name
       from pg_inherits
       join pg_class as part on part.oid = inhrelid
      where inhparent = $1::regclass`,
    [table],
  )
  const strays = await client.query<{ day: Day }>(
    `select distinct floor(extract(epoch from timestamp) / 86400)::integer as day from ${table}_default`,
  )
  return {
    today: now.rows[0]?.today ?? 0,
    parts: parts.rows.map(({ name }) => dayOfPart(table, name)).filter((day) => day !== null),
    strays: strays.rows.map(({ day }) => day),
  }
}

/**
 * The part is made apart, filled with the rows of its day that strayed, and attached. Attaching locks the tables it refers to
 * against writes for its moment, and the default part against everything: a stray that came in between would stop it.
 */
async function makePart(client: pg.ClientBase, table: DailyTable, day: Day): Promise<void> {
  const part = partName(table, day)
  const [from, to] = [`${isoDay(day)} 00:00:00+00`, `${isoDay(day + 1)} 00:00:00+00`]
  await client.query(`create table ${part} (like ${table} including defaults including constraints)`)
  await client.query(`lock table ${table}_default in access exclusive mode`)
  await client.query(
    `with moved as (delete from ${table}_default where timestamp >= $1 and timestamp < $2 returning *)
     insert into ${part} select * from moved`,
    [from, to],
  )
  await client.query(`alter table ${table} attach partition ${part} for values from ('${from}') to ('${to}')`)
}

async function dropPart(client: pg.ClientBase, table: DailyTable, day: Day): Promise<void> {
  await client.query(`drop table ${partName(table, day)}`)
}

async function removeStrays(
  client: pg.ClientBase,
  table: DailyTable,
  keep: { readonly from: Day; readonly to: Day },
): Promise<number> {
  const removed = await client.query(`delete from ${table}_default where timestamp < $1 or timestamp >= $2`, [
    `${isoDay(keep.from)} 00:00:00+00`,
    `${isoDay(keep.to + 1)} 00:00:00+00`,
  ])
  return removed.rowCount ?? 0
}
