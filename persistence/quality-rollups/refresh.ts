import type pg from 'pg'
import { underLock } from '../janitor/under-lock.ts'
import type { RollupWidth } from './port.ts'

/*
 * How rollups come about. Who writes reports marks their minutes in `voice_quality_pending`, in the same transaction. Here a
 * marked minute is computed anew from its reports, and an hour from its minutes; both are whole answers that take the place of
 * what stood there, so work that is done twice does no harm. A mark counts its writes, and goes only if it still says what it
 * said before the minute was computed: reports that come in late, after minutes of an outage, are not missed.
 *
 * Scores are kept in hundredths, as their column has them, so each bucket holds how often each one of the 101 came. Percentiles
 * of an hour or a region are made out of those and are exact, which percentiles of percentiles would not be.
 */

interface Mark {
  readonly width: RollupWidth
  readonly bucket: Date
  readonly writes: number
}

/** Brings the bucket that is due for longest up to date. 'none': nothing is due; 'busy': another janitor is at work. */
export const refreshNext = (pool: pg.Pool): Promise<'done' | 'none' | 'busy'> =>
  underLock(pool, async (client) => {
    const due = await client.query<Mark>(
      `select width, bucket, writes from voice_quality_pending where due_at <= now() order by due_at, bucket limit 1`,
    )
    const [mark] = due.rows
    if (!mark) return 'none'
    if (mark.width === 'minute') await rollUpMinute(client, mark.bucket)
    else await rollUpHour(client, mark.bucket)
    await client.query('delete from voice_quality_pending where width = $1 and bucket = $2 and writes = $3', [
      ...[mark.width, mark.bucket, mark.writes],
    ])
    return 'done'
  })

/** How long the mark that is due for longest has been due, seconds; 0 where none is. */
export async function refreshLagS(pool: pg.Pool): Promise<number> {
  const found = await pool.query<{ lag: number }>(
    `select coalesce(greatest(extract(epoch from now() - min(due_at)), 0), 0)::float8 as lag from voice_quality_pending`,
  )
  return found.rows[0]?.lag ?? 0
}

/** Rows of rollups that one statement removes. */
const removedAtOnce = 20_000

/** Removes the buckets of a width that are older than so many days, some thousands a call. */
export const removeOldRollups = (pool: pg.Pool, width: RollupWidth, keepDays: number): Promise<number | 'busy'> =>
  underLock(pool, async (client) => {
    const removed = await client.query(
      `delete from voice_quality_rollups
        where ctid = any (array (
                select ctid from voice_quality_rollups
                 where width = $1 and bucket < now() - $2 * interval '1 day'
                 limit $3))`,
      [width, keepDays, removedAtOnce],
    )
    return removed.rowCount ?? 0
  })

async function rollUpMinute(client: pg.ClientBase, minute: Date): Promise<void> {
  await client.query(ofReports, [minute])
  await client.query(regionMinutes, [minute])
  await client.query(
    `insert into voice_quality_pending (width, bucket, due_at)
     values ('hour', date_trunc('hour', $1::timestamptz, 'UTC'), now() + interval '5 minutes')
         on conflict (width, bucket) do update set writes = voice_quality_pending.writes + 1`,
    [minute],
  )
}

async function rollUpHour(client: pg.ClientBase, hour: Date): Promise<void> {
  await client.query(roomHours, [hour])
  await client.query(regionHours, [hour])
}

/**
 * Writes the rollups of one bucket. `tables` has `hist (scope_id, value, n)`, how often each score came, and
 * `figures (scope_id, issues, …_sum, …_samples)`.
 */
const put = (scope: 'room' | 'region', width: RollupWidth, tables: string): string => `
  with ${tables},
       ranked as (
         select scope_id, value, n, sum(n) over (partition by scope_id order by value) as up_to,
                sum(n) over (partition by scope_id) as total
           from hist),
       scores as (
         select scope_id, max(total)::bigint as samples,
                min(value) filter (where up_to >= 0.05 * total) / 100.0 as p05,
                min(value) filter (where up_to >= 0.50 * total) / 100.0 as p50,
                min(value) filter (where up_to >= 0.95 * total) / 100.0 as p95,
                array_agg(value order by value) as score_values, array_agg(n order by value) as score_counts
           from ranked
          group by scope_id)
  insert into voice_quality_rollups (
    scope, scope_id, width, bucket, samples, issues, score_p05, score_p50, score_p95, loss_mean, loss_samples, jitter_mean_ms,
    jitter_samples, round_trip_mean_ms, round_trip_samples, score_values, score_counts)
  select '${scope}', scope_id, '${width}', $1, samples, issues, p05, p50, p95, loss_sum / nullif(loss_samples, 0), loss_samples,
         jitter_sum / nullif(jitter_samples, 0), jitter_samples, round_trip_sum / nullif(round_trip_samples, 0),
         round_trip_samples, score_values, score_counts
    from scores
    join figures using (scope_id)
      on conflict (scope, scope_id, width, bucket) do update
     set samples = excluded.samples, issues = excluded.issues, score_p05 = excluded.score_p05,
         score_p50 = excluded.score_p50, score_p95 = excluded.score_p95, loss_mean = excluded.loss_mean,
         loss_samples = excluded.loss_samples, jitter_mean_ms = excluded.jitter_mean_ms,
         jitter_samples = excluded.jitter_samples, round_trip_mean_ms = excluded.round_trip_mean_ms,
         round_trip_samples = excluded.round_trip_samples, score_values = excluded.score_values,
         score_counts = excluded.score_counts`

/** What `source`, rows of rollups with the `target` they are to be a part of, comes to. */
const merged = (source: string): string => `
       source as (${source}),
       hist as (
         select target as scope_id, score.value, sum(score.n)::bigint as n
           from source, unnest(score_values, score_counts) as score (value, n)
          group by target, score.value),
       figures as (
         select target as scope_id, sum(issues)::bigint as issues,
                sum(loss_mean * loss_samples) as loss_sum, sum(loss_samples)::bigint as loss_samples,
                sum(jitter_mean_ms * jitter_samples) as jitter_sum, sum(jitter_samples)::bigint as jitter_samples,
                sum(round_trip_mean_ms * round_trip_samples) as round_trip_sum,
                sum(round_trip_samples)::bigint as round_trip_samples
           from source
          group by target)`

const ofReports = put(
  'room',
  'minute',
  `
       report as (
         select room_id, quality_score, has_issues, packet_loss_rate, jitter_ms, round_trip_time
           from voice_quality_metrics
          where timestamp >= $1 and timestamp < $1::timestamptz + interval '1 minute'),
       hist as (
         select room_id as scope_id, round(quality_score * 100)::smallint as value, count(*) as n
           from report
          group by room_id, round(quality_score * 100)::smallint),
       figures as (
         select room_id as scope_id, count(*) filter (where has_issues) as issues,
                sum(packet_loss_rate)::float8 as loss_sum, count(packet_loss_rate) as loss_samples,
                sum(jitter_ms)::float8 as jitter_sum, count(jitter_ms) as jitter_samples,
                sum(round_trip_time)::float8 as round_trip_sum, count(round_trip_time) as round_trip_samples
           from report
          group by room_id)`,
)

const regionMinutes = put(
  'region',
  'minute',
  merged(`select rollup.*, coalesce(room.region, '') as target
            from voice_quality_rollups as rollup
            join voice_rooms as room on room.room_id = rollup.scope_id
           where scope = 'room' and width = 'minute' and bucket = $1`),
)

const minutesOfHour = (scope: 'room' | 'region'): string =>
  `select rollup.*, scope_id as target
     from voice_quality_rollups as rollup
    where scope = '${scope}' and width = 'minute' and bucket >= $1 and bucket < $1::timestamptz + interval '1 hour'`

const roomHours = put('room', 'hour', merged(minutesOfHour('room')))
const regionHours = put('region', 'hour', merged(minutesOfHour('region')))
