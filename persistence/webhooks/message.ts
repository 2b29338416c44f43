import { randomUUID } from 'node:crypto'
import { isoTime } from '../../protocol/iso-time.ts'
import type { WebhookEvent } from '../../protocol/webhooks/events.ts'
import type { WebhookId } from '../../protocol/webhooks/webhook.ts'
import type { WritesOf } from '../record/rows.ts'

/** A message with its name, and the bytes that are sent. */
export interface WebhookMessage {
  readonly id: string
  readonly type: WebhookEvent['type']
  readonly body: string
}

/** Makes the message that tells of an event. */
export function messageOf(write: WritesOf<'webhook'>[number]): WebhookMessage {
  const { roomId, guildId, epoch, seq, part, atMs, facts } = write
  return message({
    ...{ v: 1, timestamp: isoTime(atMs), room_id: roomId, guild_id: guildId, epoch, seq, part },
    ...facts,
  })
}

/** Makes a message that says nothing but that it came through. It stands in no room. */
export const testMessage = (webhookId: WebhookId, nowMs: number): WebhookMessage =>
  message({
    ...{ v: 1, timestamp: isoTime(nowMs), room_id: null, guild_id: null, epoch: 0, seq: 0, part: 0 },
    type: 'webhook.test',
    data: { webhook_id: webhookId },
  })

type Unnamed<Event> = Event extends WebhookEvent ? Omit<Event, 'id'> : never

function message({ type, ...rest }: Unnamed<WebhookEvent>): WebhookMessage {
  const id = `evt_${randomUUID()}`
  return { id, type, body: JSON.stringify({ id, type, ...rest }) }
}
