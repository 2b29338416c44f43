import type pg from 'pg'
import type { RoomId, UserId } from '../../protocol/ids.ts'
import type { SanctionRef, SanctionScope } from '../../protocol/workflows.ts'
import type { SanctionKind } from '../../protocol/room/values.ts'
import type { WiderSanction } from '../../protocol/sanctions/scope.ts'
import { readCursor, readStandingCursor, writeCursor, writeStandingCursor } from './cursor.ts'
import { inForceMax } from './port.ts'
import type {
  ModerationEvent,
  RecordedScope,
  SanctionRecords,
  StandingFilter,
  StandingPage,
  StoredSanction,
  TrailFilter,
  TrailPage,
} from './port.ts'

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
  readonly id: string
  readonly room_id: RoomId | null
  readonly scope: SanctionScope
  readonly scope_id: string | null
  readonly moderator_id: UserId
  readonly target_user_id: UserId
  readonly action_type: string
  readonly reason: string
  readonly evidence: string | null
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

  async overdue(beforeMs: number, limit: number, after: StoredSanction | null): Promise<readonly StoredSanction[]> {
    const found = await this.#pool.query<SanctionRow>(
      `select ${columns}
         from voice_sanctions
        where lifted_at is null and until < $1
          and ($3::timestamptz is null or (until, scope, scope_id, user_id, kind) > ($3, $4, $5, $6, $7))
          and (scope <> 'room' or exists (select from voice_rooms where room_id = scope_id and status = 'active'))
        order by until, scope, scope_id, user_id, kind
        limit $2`,
      [
        new Date(beforeMs),
        limit,
        dateOrNull(after?.untilMs ?? undefined),
        ...[after?.scope ?? null, after?.scopeId ?? null, after?.userId ?? null, after?.kind ?? null],
      ],
    )
    return found.rows.map(toSanction)
  }

  async widerOn(userId: UserId, roomId: RoomId): Promise<readonly WiderSanction[]> {
    const found = await this.#pool.query<WiderRow>({
      name: 'wider-on',
      text: `select scope, kind, generation, until
         from voice_sanctions
        where user_id = $1 and lifted_at is null
          and (scope = 'global'
               or (scope = 'guild' and scope_id = (select guild_id from voice_rooms where room_id = $2)))
        order by scope, kind`,
      values: [userId, roomId],
    })
    return found.rows.map(toWider)
  }

  async standing(
    { scope, scopeId }: RecordedScope,
    filter: StandingFilter,
    nowMs: number,
    limit: number,
    cursor: string | null,
  ): Promise<StandingPage> {
    const after = cursor === null ? null : readStandingCursor(cursor)
    const found = await this.#pool.query<SanctionRow>(
      `select ${columns}
         from voice_sanctions
        where scope = $1 and scope_id = $2 and lifted_at is null and (until is null or until > $3)
          and ($4::text is null or kind = $4)
          and ($5::text is null or user_id = $5)
          and ($6::timestamptz is null or created_at < $6 or (created_at = $6 and (user_id, kind) > ($7, $8)))
        order by created_at desc, user_id, kind
        limit $9`,
      [
        ...[scope, scopeId, new Date(nowMs), filter.kind ?? null, filter.userId ?? null],
        ...[dateOrNull(after?.createdAtMs), after?.userId ?? null, after?.kind ?? null, limit + 1],
      ],
    )
    const sanctions = found.rows.slice(0, limit).map(toSanction)
    const last = sanctions.at(-1)
    return { sanctions, nextCursor: last && found.rows.length > limit ? writeStandingCursor(last) : null }
  }

  async inForce(userId: UserId, nowMs: number): Promise<readonly StoredSanction[]> {
    const found = await this.#pool.query<SanctionRow>(
      `select ${columns}
         from voice_sanctions
        where user_id = $1 and lifted_at is null and (until is null or until > $2)
        order by created_at desc, scope, scope_id, kind
        limit ${inForceMax}`,
      [userId, new Date(nowMs)],
    )
    return found.rows.map(toSanction)
  }

  async trail(filter: TrailFilter, limit: number, cursor: string | null): Promise<TrailPage> {
    const after = cursor === null ? null : readCursor(cursor)
    // One row more than asked for tells whether there is a next page.
    const found = await this.#pool.query<EventRow>(
      `select id, room_id, scope, scope_id, moderator_id, target_user_id, action_type, reason, evidence, timestamp, expires_at, duration,
              action_data
         from voice_moderation_events
        where ($1::text is null or room_id = $1)
          and ($2::text is null or target_user_id = $2)
          and ($3::text is null or moderator_id = $3)
          and ($4::text is null or action_type = $4)
          and ($5::timestamptz is null or timestamp >= $5)
          and ($6::timestamptz is null or timestamp < $6)
          and ($7::timestamptz is null or (timestamp, id) < ($7, $8::uuid))
          and ($10::text is null or (scope = $10 and scope_id = $11))
        order by timestamp desc, id desc
        limit $9`,
      [
        filter.roomId ?? null,
        filter.targetUserId ?? null,
        filter.moderatorId ?? null,
        filter.action ?? null,
        dateOrNull(filter.fromMs),
        dateOrNull(filter.toMs),
        dateOrNull(after?.atMs),
        after?.id ?? null,
        limit + 1,
        filter.scope?.scope ?? null,
        filter.scope?.scopeId ?? null,
      ],
    )
    const events = found.rows.slice(0, limit).map(toEvent)
    const last = events.at(-1)
    return { events, nextCursor: last && found.rows.length > limit ? writeCursor(last) : null }
  }
}

const dateOrNull = (ms: number | undefined): Date | null => (ms === undefined ? null : new Date(ms))

/** A wider sanction as a row of it or a JSON object tells it. */
export interface WiderRow extends Pick<WiderSanction, 'scope' | 'kind' | 'generation'> {
  readonly until: Date | string | null
}

export const toWider = ({ until, ...row }: WiderRow): WiderSanction => ({
  ...row,
  until_ms: until === null ? null : new Date(until).getTime(),
})

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
  id: row.id,
  roomId: row.room_id,
  scope: row.scope,
  scopeId: row.scope_id ?? row.room_id ?? '',
  moderatorId: row.moderator_id,
  targetUserId: row.target_user_id,
  action: row.action_type,
  reason: row.reason,
  evidence: row.evidence,
  atMs: row.timestamp.getTime(),
  expiresAtMs: row.expires_at?.getTime() ?? null,
  durationS: row.duration,
  data: row.action_data,
})
