import type pg from 'pg'
import type { RoomId, UserId } from '../../protocol/ids.ts'
import type { SanctionRef, SanctionScope } from '../../protocol/workflows.ts'
import type { SanctionKind } from '../../protocol/room/values.ts'
import type { ModerationEvent, SanctionRecords, StoredSanction } from './port.ts'

interface SanctionRow {
  readonly scope: SanctionScope
  readonly scope_id: string
  readonly user_id: UserId
  readonly kind: SanctionKind
  readonly generation: number
  readonly until: Date | null
  readonly moderator_id: UserId
  readonly reason: string
  readonly created_at: Date
  readonly lifted_at: Date | null
  readonly lift_cause: string | null
}

interface EventRow {
  readonly room_id: RoomId | null
  readonly moderator_id: UserId
  readonly target_user_id: UserId
  readonly action_type: string
  readonly reason: string
  readonly timestamp: Date
  readonly expires_at: Date | null
  readonly duration: number | null
  readonly action_data: Record<string, unknown>
}

const columns = `scope, scope_id, user_id, kind, generation, until, moderator_id, reason, created_at, lifted_at, lift_cause`

/** Sanctions in Postgres. */
export class PgSanctionRecords implements SanctionRecords {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async get({ scope, scopeId, userId, kind }: SanctionRef): Promise<StoredSanction | null> {
    const found = await this.#pool.query<SanctionRow>(
      `select ${columns}
         from voice_sanctions
        where scope = $1 and scope_id = $2 and user_id = $3 and kind = $4`,
      [scope, scopeId, userId, kind],
    )
    return found.rows[0] ? toSanction(found.rows[0]) : null
  }

  async overdue(beforeMs: number, limit: number): Promise<readonly StoredSanction[]> {
    const found = await this.#pool.query<SanctionRow>(
      `select ${columns}
         from voice_sanctions
        where lifted_at is null and until < $1
        order by until, scope, scope_id, user_id
        limit $2`,
      [new Date(beforeMs), limit],
    )
    return found.rows.map(toSanction)
  }

  async eventsOf(roomId: RoomId, limit: number): Promise<readonly ModerationEvent[]> {
    const found = await this.#pool.query<EventRow>(
      `select room_id, moderator_id, target_user_id, action_type, reason, timestamp, expires_at, duration, action_data
         from voice_moderation_events
        where room_id = $1
        order by timestamp desc
        limit $2`,
      [roomId, limit],
    )
    return found.rows.map(toEvent)
  }
}

const toSanction = (row: SanctionRow): StoredSanction => ({
  scope: row.scope,
  scopeId: row.scope_id,
  userId: row.user_id,
  kind: row.kind,
  generation: row.generation,
  untilMs: row.until?.getTime() ?? null,
  by: row.moderator_id,
  reason: row.reason,
  createdAtMs: row.created_at.getTime(),
  liftedAtMs: row.lifted_at?.getTime() ?? null,
  liftCause: row.lift_cause,
})

const toEvent = (row: EventRow): ModerationEvent => ({
  roomId: row.room_id,
  moderatorId: row.moderator_id,
  targetUserId: row.target_user_id,
  action: row.action_type,
  reason: row.reason,
  atMs: row.timestamp.getTime(),
  expiresAtMs: row.expires_at?.getTime() ?? null,
  durationS: row.duration,
  data: row.action_data,
})
