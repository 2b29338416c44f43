import type pg from 'pg'
import { isoTime, isoTimeOrNull } from '../../protocol/iso-time.ts'
import type { ZoneId } from '../../protocol/zone/plan.ts'
import type { ZoneView } from '../../protocol/zone/view.ts'
import { readCursor, writeCursor } from './cursor.ts'
import type { ZoneFilter, ZonePage, ZoneRecords } from './port.ts'

type ZoneRow = Omit<ZoneView, 'bounds' | 'created_at' | 'closed_at'> & {
  readonly width_m: number
  readonly height_m: number
  readonly created_at: Date
  readonly closed_at: Date | null
}

const columns = `zone_id, name, guild_id, status, width_m, height_m, players_max, rules, authority, regions, version, created_by,
       created_at, closed_at`

/** The record of zones in Postgres. */
export class PgZoneRecords implements ZoneRecords {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async list(filter: ZoneFilter, limit: number, cursor: string | null): Promise<ZonePage> {
    const after = cursor === null ? null : readCursor(cursor)
    // One row more than asked for tells whether there is a next page.
    const found = await this.#pool.query<ZoneRow>(
      `select ${columns}
         from voice_zones
        where ($1::text is null or guild_id = $1)
          and ($2::text is null or status = $2)
          and ($3::timestamptz is null or (created_at, zone_id) < ($3, $4))
        order by created_at desc, zone_id desc
        limit $5`,
      [
        ...[filter.guildId ?? null, filter.status ?? null],
        ...[after && new Date(after.createdAtMs), after?.zoneId ?? null, limit + 1],
      ],
    )
    const rows = found.rows.slice(0, limit)
    const last = rows.at(-1)
    const isMore = last && found.rows.length > limit
    return {
      zones: rows.map(toView),
      nextCursor: isMore ? writeCursor({ createdAtMs: last.created_at.getTime(), zoneId: last.zone_id }) : null,
    }
  }

  async get(zoneId: ZoneId): Promise<ZoneView | null> {
    const { rows } = await this.#pool.query<ZoneRow>(`select ${columns} from voice_zones where zone_id = $1`, [zoneId])
    return rows[0] ? toView(rows[0]) : null
  }
}

const toView = ({ width_m, height_m, created_at, closed_at, ...row }: ZoneRow): ZoneView => ({
  ...row,
  bounds: { width_m, height_m },
  created_at: isoTime(created_at.getTime()),
  closed_at: isoTimeOrNull(closed_at?.getTime() ?? null),
})
