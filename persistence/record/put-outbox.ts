import type pg from 'pg'
import { timestamp, writeRecords, type WritesOf } from './rows.ts'

/** The channel on which relays are woken when a transaction with outbox rows commits. */
export const outboxChannel = 'voice_outbox'

/** Rows for the relay, due at once by the database's clock or when they were held for long enough, and a word to wake it. */
export async function putOutbox(client: pg.ClientBase, writes: WritesOf<'outbox'>): Promise<void> {
  if (writes.length === 0) return
  await writeRecords(
    client,
    'put-outbox',
    `insert into outbox (key, kind, generation, message, created_at, held_until, next_attempt_at)
     select key, message->>'kind', generation, message, created_at, now() + hold_ms * interval '1 millisecond',
            now() + coalesce(hold_ms, 0) * interval '1 millisecond'
       from jsonb_to_recordset($1::jsonb) as row (
              key text, generation integer, message jsonb, created_at timestamptz, hold_ms float8)`,
    writes.map(({ key, message, atMs, holdMs }) => ({
      key,
      generation: message.generation,
      message,
      created_at: timestamp(atMs),
      hold_ms: holdMs ?? null,
    })),
  )
  await client.query(`select pg_notify('${outboxChannel}', '')`)
}
