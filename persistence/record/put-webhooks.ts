import type pg from 'pg'
import { messageOf } from '../webhooks/message.ts'
import { writeRecords, type WritesOf } from './rows.ts'

/**
 * A delivery for each enabled endpoint that wants the event, as the endpoints stand in this transaction. In the order of the writes, as
 * far as one endpoint is concerned.
 */
export async function putWebhooks(client: pg.ClientBase, writes: WritesOf<'webhook'>): Promise<void> {
  await writeRecords(
    client,
    'put-webhooks',
    `insert into webhook_deliveries (endpoint_id, message_id, type, room_id, body, next_attempt_at)
     select endpoint.id, message_id, type, event.room_id, body, now() + ordinality * interval '1 microsecond'
       from rows from (jsonb_to_recordset($1::jsonb) as (
              message_id text, type text, room_id text, guild_id text, body text)) with ordinality as event
       join webhook_endpoints as endpoint
         on endpoint.enabled
        and (endpoint.events = '{}' or event.type = any (endpoint.events))
        and (endpoint.room_id is null or endpoint.room_id = event.room_id)
        and (endpoint.guild_id is null or endpoint.guild_id = event.guild_id)`,
    writes.map((write) => {
      const { id, type, body } = messageOf(write)
      return { message_id: id, type, room_id: write.roomId, guild_id: write.guildId, body }
    }),
  )
}
