import type pg from 'pg'
import type { UserId } from '../../protocol/ids.ts'
import type { Clock } from '../../protocol/ports.ts'
import { webhooksMax, type DeliveryId, type WebhookId } from '../../protocol/webhooks/webhook.ts'
import { putAudit } from '../record/put-audit.ts'
import { inTransaction } from '../transaction.ts'
import { auditOf, changesOf } from './audited.ts'
import { readCursor, writeCursor } from './cursor.ts'
import { testMessage } from './message.ts'
import type {
  DeliveryFilter,
  DeliveryPage,
  Webhook,
  WebhookDelivery,
  WebhookFilter,
  WebhookRegistry,
  WebhookSpec,
} from './port.ts'
import { deliveryColumns, toDelivery, toWebhook, webhookColumns, type DeliveryRow, type WebhookRow } from './rows.ts'

/** Names the making of endpoints among the advisory locks: two at once could go past their bound. */
const makingLock = 7_301_958_225

/** Endpoints and their deliveries in Postgres. */
export class PgWebhookRegistry implements WebhookRegistry {
  readonly #pool: pg.Pool
  readonly #clock: Pick<Clock, 'wallMs'>

  constructor(pool: pg.Pool, clock: Pick<Clock, 'wallMs'>) {
    this.#pool = pool
    this.#clock = clock
  }

  create(id: WebhookId, spec: WebhookSpec, by: UserId): Promise<Webhook | 'too_many'> {
    return inTransaction(this.#pool, async (client) => {
      await client.query('select pg_advisory_xact_lock($1)', [makingLock])
      const there = await client.query<WebhookRow>(`select ${webhookColumns} from webhook_endpoints where id = $1`, [
        id,
      ])
      if (there.rows[0]) return toWebhook(there.rows[0])
      const made = await client.query<WebhookRow>(
        `insert into webhook_endpoints (id, url, description, events, room_id, guild_id, enabled, disabled_cause, created_by)
         select $1, $2, $3, $4, $5, $6, $7, case when $7 then null else 'by_hand' end, $8
          where (select count(*) from webhook_endpoints) < ${webhooksMax}
         returning ${webhookColumns}`,
        [id, spec.url, spec.description, spec.events, spec.roomId, spec.guildId, spec.enabled, by],
      )
      const row = made.rows[0]
      if (!row) return 'too_many'
      await putAudit(client, [auditOf(id, 'webhook.created', by, this.#clock.wallMs(), spec, changesOf(spec))])
      return toWebhook(row)
    })
  }

  async list(): Promise<readonly Webhook[]> {
    const found = await this.#pool.query<WebhookRow>(
      `select ${webhookColumns} from webhook_endpoints order by created_at, id`,
    )
    return found.rows.map(toWebhook)
  }

  async read(id: WebhookId): Promise<Webhook | null> {
    const found = await this.#pool.query<WebhookRow>(`select ${webhookColumns} from webhook_endpoints where id = $1`, [
      id,
    ])
    return found.rows[0] ? toWebhook(found.rows[0]) : null
  }

  update(id: WebhookId, changes: Partial<WebhookSpec>, by: UserId): Promise<Webhook | null> {
    const { url, description, events, roomId, guildId, enabled } = changes
    return inTransaction(this.#pool, async (client) => {
      const changed = await client.query<WebhookRow>(
        `update webhook_endpoints
            set url = coalesce($2, url), description = coalesce($3, description), events = coalesce($4, events),
                room_id = case when $5 then $6 else room_id end, guild_id = case when $7 then $8 else guild_id end,
                enabled = coalesce($9, enabled),
                enabled_at = case when $9 and not enabled then now() else enabled_at end,
                disabled_cause = case when coalesce($9, enabled) then null else coalesce(disabled_cause, 'by_hand') end,
                failures_in_row = case when $9 and not enabled then 0 else failures_in_row end,
                failing_since = case when $9 and not enabled then null else failing_since end,
                rest_until = case when $9 and not enabled then '-infinity' else rest_until end,
                updated_at = now()
          where id = $1
         returning ${webhookColumns}`,
        [
          ...[id, url ?? null, description ?? null, events ?? null],
          ...[roomId !== undefined, roomId ?? null, guildId !== undefined, guildId ?? null],
          enabled ?? null,
        ],
      )
      const row = changed.rows[0]
      if (!row) return null
      const webhook = toWebhook(row)
      await putAudit(client, [auditOf(id, 'webhook.updated', by, this.#clock.wallMs(), webhook, changesOf(changes))])
      return webhook
    })
  }

  remove(id: WebhookId, by: UserId): Promise<boolean> {
    return inTransaction(this.#pool, async (client) => {
      const removed = await client.query<WebhookRow>(
        `delete from webhook_endpoints where id = $1 returning ${webhookColumns}`,
        [id],
      )
      const row = removed.rows[0]
      if (!row) return false
      await putAudit(client, [auditOf(id, 'webhook.removed', by, this.#clock.wallMs(), toWebhook(row), {})])
      return true
    })
  }

  rotate(id: WebhookId, overlapMs: number, by: UserId, command: string): Promise<Webhook | null> {
    return inTransaction(this.#pool, async (client) => {
      const rotated = await client.query<WebhookRow>(
        `update webhook_endpoints
            set secret_version = secret_version + 1, rotated_by_command = $3, updated_at = now(),
                previous_secret_until = now() + $2 * interval '1 millisecond'
          where id = $1 and rotated_by_command is distinct from $3
         returning ${webhookColumns}`,
        [id, overlapMs, command],
      )
      const row = rotated.rows[0]
      if (!row) return this.#readBy(client, id)
      const webhook = toWebhook(row)
      const details = { version: webhook.secretVersion, overlap_s: Math.round(overlapMs / 1_000) }
      await putAudit(client, [auditOf(id, 'webhook.secret_rotated', by, this.#clock.wallMs(), webhook, details)])
      return webhook
    })
  }

  async deliveries(id: WebhookId, filter: DeliveryFilter, limit: number, cursor: string | null): Promise<DeliveryPage> {
    const after = cursor === null ? null : readCursor(cursor)
    // One row more than asked for tells whether there is a next page.
    const found = await this.#pool.query<DeliveryRow & { readonly position: string }>(
      `select ${deliveryColumns}, to_char(timestamp at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') as position
         from webhook_deliveries
        where endpoint_id = $1
          and ($2::text is null or state = $2)
          and ($3::text is null or type = $3)
          and ($4::timestamptz is null or (timestamp, id) < ($4, $5::uuid))
        order by timestamp desc, id desc
        limit $6`,
      [id, filter.state ?? null, filter.type ?? null, after?.timestamp ?? null, after?.id ?? null, limit + 1],
    )
    const last = found.rows.slice(0, limit).at(-1)
    const isMore = last !== undefined && found.rows.length > limit
    return {
      deliveries: found.rows.slice(0, limit).map(toDelivery),
      nextCursor: isMore ? writeCursor({ timestamp: last.position, id: last.id }) : null,
    }
  }

  async redeliver(id: WebhookId, delivery: DeliveryId, as: DeliveryId): Promise<WebhookDelivery | null> {
    const made = await this.#pool.query<DeliveryRow>(
      `with made as (
         insert into webhook_deliveries (id, endpoint_id, message_id, type, room_id, body)
         select $3, endpoint_id, message_id, type, room_id, body
           from webhook_deliveries
          where id = $2 and endpoint_id = $1 and not exists (select from webhook_deliveries where id = $3)
         returning ${deliveryColumns})
       select * from made union all select ${deliveryColumns} from webhook_deliveries where id = $3 and endpoint_id = $1`,
      [id, delivery, as],
    )
    return made.rows[0] ? toDelivery(made.rows[0]) : null
  }

  async test(id: WebhookId, as: DeliveryId): Promise<WebhookDelivery | null> {
    const message = testMessage(id, this.#clock.wallMs())
    const made = await this.#pool.query<DeliveryRow>(
      `with made as (
         insert into webhook_deliveries (id, endpoint_id, message_id, type, body)
         select $2, id, $3, $4, $5
           from webhook_endpoints
          where id = $1 and not exists (select from webhook_deliveries where id = $2)
         returning ${deliveryColumns})
       select * from made union all select ${deliveryColumns} from webhook_deliveries where id = $2 and endpoint_id = $1`,
      [id, as, message.id, message.type, message.body],
    )
    return made.rows[0] ? toDelivery(made.rows[0]) : null
  }

  /** What the enabled endpoints want, for WebhookInterest. */
  async wanted(): Promise<readonly WebhookFilter[]> {
    const found = await this.#pool.query<Pick<WebhookRow, 'events' | 'room_id' | 'guild_id'>>(
      `select events, room_id, guild_id from webhook_endpoints where enabled`,
    )
    return found.rows.map(({ events, room_id, guild_id }) => ({ events, roomId: room_id, guildId: guild_id }))
  }

  async #readBy(client: pg.ClientBase, id: WebhookId): Promise<Webhook | null> {
    const found = await client.query<WebhookRow>(`select ${webhookColumns} from webhook_endpoints where id = $1`, [id])
    return found.rows[0] ? toWebhook(found.rows[0]) : null
  }
}
