import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import type { UserId } from '../../protocol/ids.ts'
import { erasePersonWorkflowId } from '../../protocol/workflows.ts'
import { putOutbox } from '../record/put-outbox.ts'
import { inTransaction } from '../transaction.ts'
import { actorOf, eraseActor } from './erase-actor.ts'
import { eraseElsewhere } from './erase-elsewhere.ts'
import type { Erasure, ErasureRequest, PersonEraser, PersonRecords, PersonRow } from './port.ts'

/** Rows read at once. */
const pageSize = 500

/** Every table that speaks of people, by the columns that name them; `order` is unique. */
const tables: readonly { readonly table: string; readonly columns: readonly string[]; readonly order: string }[] = [
  { table: 'voice_rooms', columns: ['owner_id'], order: 'room_id' },
  { table: 'voice_participants', columns: ['user_id'], order: 'session_id' },
  { table: 'webrtc_sessions', columns: ['user_id'], order: 'session_id' },
  { table: 'signaling_messages', columns: ['from_user', 'to_user'], order: 'id' },
  { table: 'voice_quality_metrics', columns: ['user_id'], order: 'id' },
  { table: 'voice_moderation_events', columns: ['moderator_id', 'target_user_id'], order: 'id' },
  {
    table: 'voice_sanctions',
    columns: ['user_id', 'moderator_id'],
    order: `concat_ws(' ', scope, scope_id, user_id, kind)`,
  },
  { table: 'voice_recordings', columns: ['initiator_id'], order: 'recording_id' },
  { table: 'voice_room_invites', columns: ['inviter_id', 'invitee_id'], order: 'invite_id' },
  { table: 'voice_raids', columns: ['creator_id'], order: 'raid_id' },
  { table: 'voice_raid_signups', columns: ['user_id'], order: `concat_ws(' ', raid_id, slot, user_id)` },
  { table: 'voice_audit', columns: ['actor_user', 'target_user'], order: `chain || ' ' || lpad(seq::text, 20, '0')` },
]

/** Of no use to the person, and of use to whoever has stolen the file. */
const secrets = ['password', 'token', 'salt']

/** People in Postgres. */
export class PgPersonRecords implements PersonRecords, PersonEraser {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async *export(userId: UserId): AsyncIterable<PersonRow> {
    for (const { table, columns, order } of tables) {
      const names = columns.map((column) => `${column} = $1`).join(' or ')
      for (let after: string | null = null; ;) {
        const found: pg.QueryResult<{ place: string; row: Record<string, unknown> }> = await this.#pool.query(
          `select (${order})::text as place, to_jsonb(found) - $3::text[] as row
             from ${table} as found
            where (${names}) and ($2::text is null or (${order})::text > $2)
            order by (${order})::text
            limit ${pageSize}`,
          [userId, after, secrets],
        )
        for (const { row } of found.rows) yield { table, row }
        const last = found.rows.at(-1)
        if (!last || found.rows.length < pageSize) break
        after = last.place
      }
    }
  }

  requestErasure({ erasureId, userId, by, atMs }: ErasureRequest): Promise<void> {
    return inTransaction(this.#pool, async (client) => {
      const pseudonym = `erased-${randomBytes(9).toString('hex')}`
      await client.query(
        `insert into person_erasure (erasure_id, user_id, pseudonym, requested_by, requested_at) values ($1, $2, $3, $4, $5)`,
        [erasureId, userId, pseudonym, by, new Date(atMs)],
      )
      const message = { kind: 'person.erase', erasureId, generation: 1 } as const
      await putOutbox(client, [{ write: 'outbox', key: erasePersonWorkflowId(erasureId), message, atMs }])
    })
  }

  async erasure(erasureId: string): Promise<Erasure | null> {
    const { rows } = await this.#pool.query<{ requested_at: Date; done_at: Date | null }>(
      `select requested_at, done_at from person_erasure where erasure_id = $1`,
      [erasureId],
    )
    const [row] = rows
    return row
      ? { erasureId, requestedAtMs: row.requested_at.getTime(), doneAtMs: row.done_at?.getTime() ?? null }
      : null
  }

  async subject(erasureId: string): Promise<{ readonly userId: UserId; readonly seatedIn: readonly string[] } | null> {
    const { rows } = await this.#pool.query<{ user_id: UserId; seated_in: readonly string[] }>(
      `select user_id, array (
                select distinct room_id
                  from voice_participants as seat
                  join voice_rooms as room using (room_id)
                 where seat.user_id = erasure.user_id and seat.status = 'active' and room.status = 'active') as seated_in
         from person_erasure as erasure
        where erasure_id = $1 and done_at is null`,
      [erasureId],
    )
    return rows[0] ? { userId: rows[0].user_id, seatedIn: rows[0].seated_in } : null
  }

  eraseNext(erasureId: string): Promise<{ readonly done: boolean }> {
    return inTransaction(this.#pool, async (client) => {
      const { rows } = await client.query<{ user_id: string; pseudonym: string }>(
        `select user_id, pseudonym from person_erasure where erasure_id = $1 and done_at is null for update`,
        [erasureId],
      )
      const [person] = rows
      if (!person) return { done: true }
      const { user_id: userId, pseudonym } = person
      const actor = await actorOf(client, userId)
      if (actor) {
        await eraseActor(client, actor, { userId, pseudonym })
        return { done: false }
      }
      await eraseElsewhere(client, { userId, pseudonym })
      await client.query(
        `update person_erasure set user_id = null, done_at = clock_timestamp() where erasure_id = $1`,
        [erasureId],
      )
      return { done: true }
    })
  }
}
