import type pg from 'pg'
import { canonicalJson } from '../audit/canonical-json.ts'
import { timestamp, writeRecords, type WritesOf } from './rows.ts'

/**
 * Rows of the audit log in the order of the writes. The salt is drawn in the database and stands nowhere but in its row; the
 * table numbers and links the rows itself.
 */
export async function putAudit(client: pg.ClientBase, writes: WritesOf<'audit'>): Promise<void> {
  await writeRecords(
    client,
    'put-audit',
    `insert into voice_audit (chain, at, action, room_id, guild_id, body, salt, commitment)
     select chain, at, action, room_id, guild_id, body::jsonb, salt, sha256(salt || convert_to(body, 'UTF8'))
       from (select *, uuid_send(gen_random_uuid()) as salt
               from rows from (jsonb_to_recordset($1::jsonb) as (
                      chain text, at timestamptz, action text, room_id text, guild_id text, body text)) with ordinality
              order by ordinality) as row`,
    writes.map(({ chain, atMs, action, roomId, guildId, body }) => ({
      chain,
      at: timestamp(atMs),
      action,
      room_id: roomId,
      guild_id: guildId,
      body: canonicalJson(body),
    })),
  )
}
