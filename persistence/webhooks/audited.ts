import type { AuditBody } from '../../protocol/audit.ts'
import type { UserId } from '../../protocol/ids.ts'
import type { WebhookId } from '../../protocol/webhooks/webhook.ts'
import type { WritesOf } from '../record/rows.ts'
import type { Disabled, WebhookFilter, WebhookSpec } from './port.ts'

/** Who acts where no person does. */
export const system = 'system' as UserId

/** A row in the chain of an endpoint. What it is about stands in the details, and no secret ever. */
export const auditOf = (
  id: WebhookId,
  action: string,
  by: UserId,
  atMs: number,
  { guildId }: Pick<WebhookFilter, 'guildId'>,
  details: AuditBody['details'],
): WritesOf<'audit'>[number] => ({
  write: 'audit',
  chain: `webhook:${id}`,
  atMs,
  action,
  // Rows of rooms are found by the room; an endpoint may be of one that is not there yet.
  roomId: null,
  guildId,
  body: { actor_user: by, target_user: null, reason: '', evidence: null, details: { webhook_id: id, ...details } },
})

export const disabledOf = ({ id, cause }: Disabled, atMs: number): WritesOf<'audit'>[number] =>
  auditOf(id, 'webhook.disabled', system, atMs, { guildId: null }, { cause })

/** What was changed, by the names that callers know. An address may hold a word that is meant for its receiver: only its origin is kept. */
export function changesOf({ url, description, events, roomId, guildId, enabled }: Partial<WebhookSpec>) {
  return {
    ...(url === undefined ? {} : { url: new URL(url).origin }),
    ...(description === undefined ? {} : { description }),
    ...(events === undefined ? {} : { events }),
    ...(roomId === undefined ? {} : { room_id: roomId }),
    ...(guildId === undefined ? {} : { guild_id: guildId }),
    ...(enabled === undefined ? {} : { enabled }),
  }
}
