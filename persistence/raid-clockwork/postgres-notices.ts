import type pg from 'pg'
import type { RoomId, UserId } from '../../protocol/ids.ts'
import type { Logger, Timers } from '../../protocol/ports.ts'
import { listenTo } from '../outbox/listener.ts'
import { raidsChannel } from './notices.ts'
import type { RaidNotice, RaidNoticeKind, RaidNotices } from './port.ts'

export interface PgRaidNoticesDeps {
  readonly pool: pg.Pool
  /** For the connection that listens; a pool's connections come and go. */
  readonly databaseUrl: string
  readonly timers: Timers
  readonly logger: Logger
}

interface NoticeRow {
  readonly id: string
  readonly kind: string
  readonly raid_id: string
  readonly slot: string
  readonly name: string
  readonly starts_at: Date
  readonly room_id: RoomId
  readonly users: readonly UserId[]
}

/** What players are told of raids, in Postgres. */
export class PgRaidNotices implements RaidNotices {
  readonly #deps: PgRaidNoticesDeps

  constructor(deps: PgRaidNoticesDeps) {
    this.#deps = deps
  }

  async newest(): Promise<string> {
    const found = await this.#deps.pool.query<{ id: string }>(
      `select coalesce(max(id), 0)::text as id from voice_raid_notices`,
    )
    return found.rows[0]?.id ?? '0'
  }

  async behind(id: string, limit: number): Promise<readonly RaidNotice[]> {
    const found = await this.#deps.pool.query<NoticeRow>(
      `select notice.id::text as id, notice.kind, raid_id, notice.slot, raid.name, notice.starts_at, one.room_id,
              array(select raid.creator_id
                     union
                    select user_id
                      from (select distinct on (user_id) user_id, status from voice_raid_signups as signup
                             where signup.raid_id = notice.raid_id and signup.slot in ('', notice.slot)
                             order by user_id, slot desc) as answer
                     where status = 'going') as users
         from voice_raid_notices as notice
         join voice_raids as raid using (raid_id)
         join voice_raid_occurrences as one using (raid_id, slot)
        where notice.id > $1
        order by notice.id
        limit $2`,
      [id, limit],
    )
    return found.rows.map((row) => ({
      id: row.id,
      // Reminders have their lead beside them.
      kind: row.kind.split(' ')[0] as RaidNoticeKind,
      ...{ raidId: row.raid_id, slot: row.slot, name: row.name, startsAtMs: row.starts_at.getTime() },
      ...{ roomId: row.room_id, users: row.users },
    }))
  }

  listen(wake: () => void): Promise<() => Promise<void>> {
    return listenTo(raidsChannel, wake, this.#deps)
  }
}
