import type pg from 'pg'
import type { RoomId, UserId } from '../../protocol/ids.ts'
import { listenTo, type ListenerDeps } from '../outbox/listener.ts'
import { spreadChannel } from '../record/wider-sanctions.ts'
import { seatedRoomsMax } from './port.ts'
import type { SanctionSpread, SeatedRoom, SpreadTask } from './port.ts'
import { toWider, type WiderRow } from './postgres.ts'

export interface PgSanctionSpreadDeps extends ListenerDeps {
  readonly pool: pg.Pool
}

/** What rooms have yet to learn, in Postgres. */
export class PgSanctionSpread implements SanctionSpread {
  readonly #pool: pg.Pool
  readonly #deps: ListenerDeps

  constructor({ pool, ...deps }: PgSanctionSpreadDeps) {
    this.#pool = pool
    this.#deps = deps
  }

  async claim(limit: number, forMs: number): Promise<readonly SpreadTask[]> {
    const { rows } = await this.#pool.query<{ user_id: UserId; changes: number; attempts: number; age_ms: number }>(
      `update sanction_spread as task
          set next_attempt_at = clock_timestamp() + $2 * interval '1 millisecond'
        where user_id in (
                select user_id
                  from sanction_spread
                 where next_attempt_at <= clock_timestamp()
                 order by next_attempt_at
                 limit $1
                   for update skip locked)
        returning user_id, changes, attempts, (extract(epoch from clock_timestamp() - changed_at) * 1000)::float8 as age_ms`,
      [limit, forMs],
    )
    return rows.map((row) => ({
      userId: row.user_id,
      changes: row.changes,
      attempts: row.attempts,
      ageMs: row.age_ms,
    }))
  }

  async seatsOf(userId: UserId): Promise<readonly SeatedRoom[]> {
    const { rows } = await this.#pool.query<{ room_id: RoomId; sanctions: readonly WiderRow[] }>(
      `select room.room_id,
              (select coalesce(jsonb_agg(jsonb_build_object(
                        'scope', scope, 'kind', kind, 'generation', generation, 'until', until) order by scope, kind), '[]')
                 from voice_sanctions as sanction
                where sanction.user_id = $1 and sanction.lifted_at is null
                  and (sanction.scope = 'global' or (sanction.scope = 'guild' and sanction.scope_id = room.guild_id))) as sanctions
         from voice_rooms as room
        where room.status = 'active' and room.room_id in (
                select room_id from voice_participants where user_id = $1 and status = 'active')
        limit ${seatedRoomsMax}`,
      [userId],
    )
    return rows.map((row) => ({ roomId: row.room_id, sanctions: row.sanctions.map(toWider) }))
  }

  async done({ userId, changes }: SpreadTask): Promise<void> {
    await this.#pool.query(`delete from sanction_spread where user_id = $1 and changes = $2`, [userId, changes])
  }

  async putOff({ userId, changes }: SpreadTask, afterMs: number, error: string): Promise<void> {
    await this.#pool.query(
      `update sanction_spread
          set attempts = attempts + 1, last_error = $4,
              next_attempt_at = clock_timestamp() + $3 * interval '1 millisecond'
        where user_id = $1 and changes = $2`,
      [userId, changes, afterMs, error],
    )
  }

  async backlog(): Promise<{ readonly users: number; readonly oldestAgeMs: number }> {
    const { rows } = await this.#pool.query<{ users: number; oldest_age_ms: number | null }>(
      `select count(*)::integer as users,
              (extract(epoch from clock_timestamp() - min(changed_at)) * 1000)::float8 as oldest_age_ms
         from sanction_spread`,
    )
    return { users: rows[0]?.users ?? 0, oldestAgeMs: rows[0]?.oldest_age_ms ?? 0 }
  }

  listen(wake: () => void): Promise<() => Promise<void>> {
    return listenTo(spreadChannel, wake, this.#deps)
  }
}
