import type pg from 'pg'
import { timestamp, writeRecords, type WritesOf } from './rows.ts'

/** The channel on which relays are woken when a transaction with outbox rows commits. */
export const outboxChannel = 'voice_outbox'

/** Rows for the relay, due at once by the database's clock, and a word to wake it. */
export async function putOutbox(client: pg.ClientBase, writes: WritesOf<'outbox'>): Promise<void> {
  if (writes.length === 0) return
  await writeRecords(
    client,
    'put-outbox',
    `insert into outbox (key, kind, generation, message, created_at)
     select key, message->>'kind', generation, message, created_at
       from jsonb_to_recordset($1::jsonb) as row (key text, generation integer, message jsonb, created_at timestamptz)`,
    writes.map(({ key, message, atMs }) => ({
      key,
      generation: message.generation,
      message,
      created_at: timestamp(atMs),
    })),
  )
  await client.query(`select pg_notify('${outboxChannel}', '')`)
}
