import { randomBytes } from 'node:crypto'
import type pg from 'pg'
import type { UserId } from '../../protocol/ids.ts'
import { erasePersonWorkflowId } from '../../protocol/workflows.ts'
import { putOutbox } from '../record/put-outbox.ts'
import { inTransaction } from '../transaction.ts'
import { actorOf, eraseActor } from './erase-actor.ts'
import { firstPlace, pageOf, type PagePlace } from './page.ts'
import { eraseElsewhere } from './erase-elsewhere.ts'
import type { Erasure, ErasureRequest, PersonEraser, PersonRecords, PersonRow } from './port.ts'

/** People in Postgres. */
export class PgPersonRecords implements PersonRecords, PersonEraser {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async *export(userId: UserId): AsyncIterable<PersonRow> {
    for (let place: PagePlace | null = firstPlace; place !== null;) {
      const page: Awaited<ReturnType<typeof pageOf>> = await pageOf(this.#pool, userId, place)
      yield* page.rows
      place = page.next
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
