import type pg from 'pg'
import type { UserId } from '../../protocol/ids.ts'
import { readCursor, writeCursor } from './cursor.ts'
import type { AuditFilter, AuditPage, AuditRecords } from './port.ts'
import { toAuditEntry, type EntryColumns } from './rows.ts'

const dateOrNull = (ms: number | undefined): Date | null => (ms === undefined ? null : new Date(ms))

/** The audit log in Postgres. */
export class PgAuditRecords implements AuditRecords {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async list(filter: AuditFilter, limit: number, cursor: string | null): Promise<AuditPage> {
    const after = cursor === null ? null : readCursor(cursor)
    // One row more than asked for tells whether there is a next page.
    const found = await this.#pool.query<EntryColumns>(
      `select chain, seq, at, recorded_at, action, room_id, guild_id, body, hash
         from voice_audit
        where ($1::text is null or room_id = $1)
          and ($2::text is null or actor_user = $2)
          and ($3::text is null or target_user = $3)
          and ($4::text is null or action = $4)
          and ($5::timestamptz is null or recorded_at >= $5)
          and ($6::timestamptz is null or recorded_at < $6)
          and ($7::timestamptz is null or (recorded_at, chain, seq) < ($7, $8::text collate "C", $9::bigint))
        order by recorded_at desc, chain desc, seq desc
        limit $10`,
      [
        filter.roomId ?? null,
        filter.actorUser ?? null,
        filter.targetUser ?? null,
        filter.action ?? null,
        dateOrNull(filter.fromMs),
        dateOrNull(filter.toMs),
        dateOrNull(after?.recordedAtMs),
        after?.chain ?? null,
        after?.seq ?? null,
        limit + 1,
      ],
    )
    const entries = found.rows.slice(0, limit).map(toAuditEntry)
    const last = entries.at(-1)
    return { entries, nextCursor: last && found.rows.length > limit ? writeCursor(last) : null }
  }

  async erase(userId: UserId): Promise<number> {
    const erased = await this.#pool.query(
      `update voice_audit set body = null, salt = null where actor_user = $1 or target_user = $1`,
      [userId],
    )
    return erased.rowCount ?? 0
  }
}
