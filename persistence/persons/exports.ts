import type pg from 'pg'
import type { UserId } from '../../protocol/ids.ts'
import { exportPersonWorkflowId } from '../../protocol/workflows.ts'
import { putOutbox } from '../record/put-outbox.ts'
import { inTransaction } from '../transaction.ts'
import { firstPlace, pageOf, type PagePlace } from './page.ts'
import type { ExportRequest, PersonExport, PersonExporter, PersonExports } from './port.ts'

/** Files of what the record knows of people, in Postgres. */
export class PgPersonExports implements PersonExports, PersonExporter {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  request({ exportId, userId, by, atMs }: ExportRequest): Promise<void> {
    return inTransaction(this.#pool, async (client) => {
      await client.query(
        `insert into person_export (export_id, user_id, requested_by, requested_at) values ($1, $2, $3, $4)`,
        [exportId, userId, by, new Date(atMs)],
      )
      const message = { kind: 'person.export', exportId, generation: 1 } as const
      await putOutbox(client, [{ write: 'outbox', key: exportPersonWorkflowId(exportId), message, atMs }])
    })
  }

  async read(exportId: string): Promise<PersonExport | null> {
    const { rows } = await this.#pool.query<{ requested_at: Date; done_at: Date | null }>(
      `select requested_at, done_at from person_export where export_id = $1`,
      [exportId],
    )
    const [row] = rows
    return row
      ? { exportId, requestedAtMs: row.requested_at.getTime(), doneAtMs: row.done_at?.getTime() ?? null }
      : null
  }

  async *lines(exportId: string): AsyncIterable<string> {
    for (let seq = 1; ; seq += 1) {
      const { rows } = await this.#pool.query<{ lines: string }>(
        `select lines from person_export_part where export_id = $1 and seq = $2`,
        [exportId, seq],
      )
      if (!rows[0]) return
      yield rows[0].lines
    }
  }

  exportNext(exportId: string): Promise<{ readonly done: boolean }> {
    return inTransaction(this.#pool, async (client) => {
      const { rows } = await client.query<{ user_id: UserId; place: PagePlace | null; parts: number }>(
        `select user_id, place,
                (select count(*)::integer from person_export_part as part where part.export_id = export.export_id) as parts
           from person_export as export
          where export_id = $1 and done_at is null
            for update`,
        [exportId],
      )
      const [begun] = rows
      // Done, or taken away with the person it was about.
      if (!begun) return { done: true }
      const page = await pageOf(client, begun.user_id, begun.place ?? firstPlace)
      if (page.rows.length > 0) {
        const lines = page.rows.map((row) => `${JSON.stringify(row)}\n`).join('')
        await client.query(`insert into person_export_part (export_id, seq, lines) values ($1, $2, $3)`, [
          ...[exportId, begun.parts + 1, lines],
        ])
      }
      await client.query(
        `update person_export
            set place = $2, done_at = case when $2::jsonb is null then clock_timestamp() end
          where export_id = $1`,
        [exportId, page.next && JSON.stringify(page.next)],
      )
      return { done: page.next === null }
    })
  }
}
