import type pg from 'pg'
import { isoTime, isoTimeOrNull } from '../../protocol/iso-time.ts'
import type { RecordWrite } from '../record-writes.ts'

/** The writes of one kind, in the order they were decided. */
export type WritesOf<Kind extends RecordWrite['write']> = readonly Extract<RecordWrite, { write: Kind }>[]

/** Only the last write to each row: one statement may not touch a row twice, and the last one holds the final columns. */
export function latestBy<Write>(writes: readonly Write[], rowOf: (write: Write) => string): Write[] {
  return [...new Map(writes.map((write) => [rowOf(write), write])).values()]
}

/**
 * Runs a statement whose one parameter is a list of records as JSON. Nothing to write is no statement. Each connection plans it
 * once: `name` is its own, and stands for this text alone.
 */
export async function writeRecords(
  client: pg.ClientBase,
  name: string,
  sql: string,
  records: readonly object[],
): Promise<void> {
  if (records.length > 0) await client.query({ name, text: sql, values: [JSON.stringify(records)] })
}

/** Unix ms to what Postgres reads as a timestamptz. */
export const timestamp = isoTime
export const timestampOrNull = isoTimeOrNull
