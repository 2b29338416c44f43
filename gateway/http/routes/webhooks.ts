import type { WebhookRegistry, WebhookSpec } from '../../../persistence/webhooks/port.ts'
import { AppError, type ErrorCode } from '../../../protocol/errors.ts'
import {
  createWebhook,
  listDeliveries,
  listWebhooks,
  readWebhook,
  redeliver,
  removeWebhook,
  rotateWebhookSecret,
  testWebhook,
  updateWebhook,
} from '../../../protocol/http/webhooks.ts'
import { isoTime } from '../../../protocol/iso-time.ts'
import type { Random } from '../../../protocol/ports.ts'
import { webhooksMax, type DeliveryId, type WebhookId } from '../../../protocol/webhooks/webhook.ts'
import type { Caller } from '../../auth/index.ts'
import { bind, type Route } from '../bind.ts'
import { commandIdOf, newIdOf } from '../idempotency.ts'
import { presentDelivery, presentWebhook } from '../presenters/webhook.ts'
import { readable } from '../../readable.ts'

/** The webhooks of a deployment that has them. */
export interface Webhooks {
  readonly registry: WebhookRegistry
  /** The secret of an endpoint in that version. */
  readonly secretOf: (id: WebhookId, version: number) => string
  /** What is wrong with the address of a receiver; null for nothing. */
  readonly urlProblem: (url: string) => string | null
}

export interface WebhookRouteDeps {
  /** Null where no key for their secrets is set. */
  readonly webhooks: Webhooks | null
  readonly random: Random
}

/** The secret before signs for so long where nothing else is said, s. */
const overlapS = 86_400

/** Where events are sent to, and what came of it. For services and admins: a webhook hears of every room. */
export function webhookRoutes({ webhooks, random }: WebhookRouteDeps): readonly Route[] {
  /** What the caller may look after. Throws FORBIDDEN or WEBHOOKS_OFF. */
  const of = ({ privileges }: Caller): Webhooks => {
    if (privileges.length === 0) throw new AppError('FORBIDDEN')
    if (!webhooks) throw new AppError('WEBHOOKS_OFF')
    return webhooks
  }
  return [
    bind(createWebhook, async ({ ctx, caller, body }) => {
      const { registry, secretOf, urlProblem } = of(caller)
      assertUrl(urlProblem(body.url))
      const { url, description = '', events = [], room_id: roomId = null, guild_id: guildId = null } = body
      const spec = { url, description, events, roomId, guildId, enabled: body.enabled ?? true }
      const id = newIdOf(ctx, random, 'webhook') as WebhookId
      const made = await readable(() => registry.create(id, spec, caller.userId))
      if (made === 'too_many') throw new AppError('TOO_MANY_WEBHOOKS', { limit: webhooksMax })
      ctx.set('Cache-Control', 'no-store')
      return { ...presentWebhook(made), secret: secretOf(id, made.secretVersion) }
    }),
    bind(listWebhooks, async ({ caller }) => {
      const { registry } = of(caller)
      return { webhooks: (await readable(() => registry.list())).map(presentWebhook) }
    }),
    bind(readWebhook, async ({ caller, params }) => {
      const { registry } = of(caller)
      return presentWebhook(await there(registry.read(params.webhookId)))
    }),
    bind(updateWebhook, async ({ caller, params, body }) => {
      const { registry, urlProblem } = of(caller)
      if (body.url !== undefined) assertUrl(urlProblem(body.url))
      return presentWebhook(await there(registry.update(params.webhookId, changesOf(body), caller.userId)))
    }),
    bind(removeWebhook, async ({ caller, params }) => {
      const { registry } = of(caller)
      if (!(await readable(() => registry.remove(params.webhookId, caller.userId)))) {
        throw new AppError('WEBHOOK_NOT_FOUND')
      }
      return undefined
    }),
    bind(rotateWebhookSecret, async ({ ctx, caller, params, body }) => {
      const { registry, secretOf } = of(caller)
      const id = params.webhookId
      const overlapMs = (body.overlap ?? overlapS) * 1_000
      const rotated = await there(registry.rotate(id, overlapMs, caller.userId, commandIdOf(ctx, random)))
      ctx.set('Cache-Control', 'no-store')
      return {
        webhook_id: id,
        secret: secretOf(id, rotated.secretVersion),
        previous_secret_until: isoTime(rotated.previousSecretUntilMs ?? rotated.updatedAtMs),
      }
    }),
    bind(listDeliveries, async ({ caller, params, query }) => {
      const { registry } = of(caller)
      await there(registry.read(params.webhookId))
      const filter = {
        ...(query.state === undefined ? {} : { state: query.state }),
        ...(query.type === undefined ? {} : { type: query.type }),
      }
      const { deliveries, nextCursor } = await readable(() =>
        registry.deliveries(params.webhookId, filter, Number(query.limit ?? 50), query.cursor ?? null),
      )
      return { deliveries: deliveries.map(presentDelivery), next_cursor: nextCursor }
    }),
    bind(redeliver, async ({ ctx, caller, params }) => {
      const { registry } = of(caller)
      const as = newIdOf(ctx, random, 'delivery') as DeliveryId
      return presentDelivery(
        await there(registry.redeliver(params.webhookId, params.deliveryId, as), 'DELIVERY_NOT_FOUND'),
      )
    }),
    bind(testWebhook, async ({ ctx, caller, params }) => {
      const { registry } = of(caller)
      return presentDelivery(
        await there(registry.test(params.webhookId, newIdOf(ctx, random, 'delivery') as DeliveryId)),
      )
    }),
  ]
}

function assertUrl(problem: string | null): void {
  if (problem !== null) throw new AppError('WEBHOOK_URL_REFUSED', { problem })
}

async function there<Value>(found: Promise<Value | null>, code: ErrorCode = 'WEBHOOK_NOT_FOUND'): Promise<Value> {
  const value = await readable(() => found)
  if (value === null) throw new AppError(code)
  return value
}

/** Only the fields that the caller named. */
function changesOf(body: {
  readonly url?: string
  readonly description?: string
  readonly events?: WebhookSpec['events']
  readonly room_id?: WebhookSpec['roomId']
  readonly guild_id?: string | null
  readonly enabled?: boolean
}): Partial<WebhookSpec> {
  const { room_id: roomId, guild_id: guildId, ...plain } = body
  return {
    ...plain,
    ...(roomId === undefined ? {} : { roomId }),
    ...(guildId === undefined ? {} : { guildId }),
  }
}
