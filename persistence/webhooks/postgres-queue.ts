import type pg from 'pg'
import type { Clock } from '../../protocol/ports.ts'
import type { WebhookEventType } from '../../protocol/webhooks/events.ts'
import type { DeliveryId, DisabledCause, WebhookId } from '../../protocol/webhooks/webhook.ts'
import { putAudit } from '../record/put-audit.ts'
import { inTransaction } from '../transaction.ts'
import { disabledOf } from './audited.ts'
import { newsOf } from './endpoint-health.ts'
import {
  failuresBeforeRest,
  restMaxMs,
  type AttemptOutcome,
  type ClaimedDelivery,
  type ClaimOptions,
  type Disabled,
  type UpkeepOptions,
  type WebhookQueue,
} from './port.ts'

/** Rows that one round of upkeep gives up. */
const givenUpAtOnce = 10_000

interface ClaimedRow {
  readonly id: DeliveryId
  readonly timestamp: Date
  readonly message_id: string
  readonly type: WebhookEventType
  readonly body: string
  readonly attempts: number
  readonly endpoint_id: WebhookId
  readonly url: string
  readonly secret_version: number
  readonly previous_secret_until: Date | null
}

/** What is to be sent, in Postgres. No transaction is open while something is sent: a claim holds for its lease, whoever dies. */
export class PgWebhookQueue implements WebhookQueue {
  readonly #pool: pg.Pool
  readonly #clock: Pick<Clock, 'wallMs'>

  constructor(pool: pg.Pool, clock: Pick<Clock, 'wallMs'>) {
    this.#pool = pool
    this.#clock = clock
  }

  /**
   * The rows of the endpoints are locked for the moment of the claim, so that of two relays one has its share of an endpoint counted
   * before the other takes some; an endpoint that somebody has locked is left for the next round. Those that work come first: where all
   * slots are asked for, they do not wait behind those that fail.
   */
  async claim({ limit, perEndpoint, leaseMs }: ClaimOptions): Promise<readonly ClaimedDelivery[]> {
    const claimed = await this.#pool.query<ClaimedRow>(
      `with endpoint as (
         select id, url, secret_version, previous_secret_until, failures_in_row, random() as turn
           from webhook_endpoints
          where enabled and rest_until <= now() and exists (
                  select from webhook_deliveries
                   where endpoint_id = webhook_endpoints.id and state = 'waiting' and next_attempt_at <= now())
            for no key update skip locked),
       share as (
         select endpoint.*, case when failures_in_row >= ${failuresBeforeRest} then 1 else $2::integer end - (
                  select count(*) from webhook_deliveries as busy
                   where busy.endpoint_id = endpoint.id and busy.state = 'waiting' and busy.claimed_until > now()) as free
           from endpoint),
       due as (
         select share.*, row.id as delivery_id, row.timestamp
           from share
          cross join lateral (
                  select id, timestamp
                    from webhook_deliveries
                   where endpoint_id = share.id and state = 'waiting' and next_attempt_at <= now()
                   order by next_attempt_at
                   limit greatest(share.free, 0)) as row
          order by share.failures_in_row > 0, share.turn
          limit $1)
       update webhook_deliveries as row
          set attempts = attempts + 1, last_attempt_at = now(),
              claimed_until = now() + $3 * interval '1 millisecond', next_attempt_at = now() + $3 * interval '1 millisecond'
         from due
        where row.id = due.delivery_id and row.timestamp = due.timestamp
          and row.state = 'waiting' and row.next_attempt_at <= now()
       returning row.id, row.timestamp, row.message_id, row.type, row.body, row.attempts, row.endpoint_id,
                 due.url, due.secret_version, due.previous_secret_until`,
      [limit, perEndpoint, leaseMs],
    )
    return claimed.rows.map(toClaimed)
  }

  settle(outcomes: readonly AttemptOutcome[], disableAfterMs: number): Promise<readonly Disabled[]> {
    if (outcomes.length === 0) return Promise.resolve([])
    return inTransaction(this.#pool, async (client) => {
      await markAttempts(client, outcomes)
      const disabled = await markEndpoints(client, outcomes, disableAfterMs)
      await this.#audit(client, disabled)
      return disabled
    })
  }

  async upkeep({ giveUpMs, queueMax }: UpkeepOptions): Promise<{ givenUp: number; disabled: readonly Disabled[] }> {
    const given = await this.#pool.query(
      `update webhook_deliveries as row
          set state = 'dead', claimed_until = null, last_error = coalesce(last_error, 'too_old')
         from (select id, timestamp
                 from webhook_deliveries
                where state = 'waiting' and timestamp < now() - $1 * interval '1 millisecond'
                  and coalesce(claimed_until, '-infinity') < now()
                limit ${givenUpAtOnce}) as old
        where row.id = old.id and row.timestamp = old.timestamp and row.state = 'waiting'`,
      [giveUpMs],
    )
    const disabled = await inTransaction(this.#pool, async (client) => {
      const full = await client.query<Disabled>(
        `update webhook_endpoints as endpoint
            set enabled = false, disabled_cause = 'queue_full', updated_at = now()
          where enabled and $1::integer < (
                  select count(*)
                    from (select from webhook_deliveries
                           where endpoint_id = endpoint.id and state = 'waiting' and timestamp >= endpoint.enabled_at
                           limit $1::integer + 1) as waiting)
         returning id, disabled_cause as cause`,
        [queueMax],
      )
      await this.#audit(client, full.rows)
      return full.rows
    })
    return { givenUp: given.rowCount ?? 0, disabled }
  }

  async backlog(): Promise<{ readonly rows: number; readonly oldestAgeMs: number }> {
    const found = await this.#pool.query<{ rows: number; oldest_age_ms: number }>(
      `select count(*) as rows,
              coalesce(greatest(extract(epoch from now() - min(timestamp)) * 1000, 0), 0)::float8 as oldest_age_ms
         from webhook_deliveries
         join webhook_endpoints as endpoint on endpoint.id = endpoint_id
        where state = 'waiting' and endpoint.enabled`,
    )
    return { rows: found.rows[0]?.rows ?? 0, oldestAgeMs: found.rows[0]?.oldest_age_ms ?? 0 }
  }

  async #audit(client: pg.ClientBase, disabled: readonly Disabled[]): Promise<void> {
    await putAudit(
      client,
      disabled.map((one) => disabledOf(one, this.#clock.wallMs())),
    )
  }
}

/** What got through is delivered, whoever sent it. A failure counts only where nobody took the delivery up meanwhile. */
async function markAttempts(client: pg.ClientBase, outcomes: readonly AttemptOutcome[]): Promise<void> {
  await client.query(
    `update webhook_deliveries as row
        set state = case told.outcome when 'retry' then 'waiting' else told.outcome end, claimed_until = null,
            next_attempt_at = clock_timestamp() + told.rest_ms * interval '1 millisecond',
            last_status = told.status, last_error = told.error, last_took_ms = told.took_ms
       from jsonb_to_recordset($1::jsonb) as told (
              id uuid, attempt integer, outcome text, status smallint, error text, took_ms integer, rest_ms float8)
      where row.id = told.id and row.state = 'waiting' and (told.outcome = 'delivered' or row.attempts = told.attempt)`,
    [
      JSON.stringify(
        outcomes.map(({ delivery, outcome, status, error, tookMs, restMs }) => ({
          ...{ id: delivery.id, attempt: delivery.attempt, outcome, status, error },
          ...{ took_ms: Math.round(tookMs), rest_ms: restMs },
        })),
      ),
    ],
  )
}

async function markEndpoints(
  client: pg.ClientBase,
  outcomes: readonly AttemptOutcome[],
  disableAfterMs: number,
): Promise<readonly Disabled[]> {
  const changed = await client.query<{ id: WebhookId; cause: DisabledCause; is_news: boolean }>(
    `with told as (
       select * from jsonb_to_recordset($1::jsonb) as told (id uuid, succeeded boolean, failures integer, gone boolean)),
     before as (
       select endpoint.id, told.gone, told.failures, endpoint.disabled_cause,
              case when told.succeeded then 0 else endpoint.failures_in_row end + told.failures as failures_in_row,
              case when told.failures = 0 then null
                   when told.succeeded then now()
                   else coalesce(endpoint.failing_since, now()) end as failing_since
         from webhook_endpoints as endpoint
         join told on told.id = endpoint.id
        where told.failures > 0 or endpoint.failures_in_row > 0
        order by endpoint.id
          for no key update of endpoint),
     judged as (
       select *, coalesce(disabled_cause, case
                when gone then 'gone'
                when failures > 0 and failing_since <= now() - $2 * interval '1 millisecond' then 'failing' end) as cause
         from before)
     update webhook_endpoints as endpoint
        set failures_in_row = judged.failures_in_row, failing_since = judged.failing_since,
            rest_until = case when judged.failures_in_row < ${failuresBeforeRest} then '-infinity'
              else clock_timestamp() + least(1000 * power(2, least(judged.failures_in_row - ${failuresBeforeRest}, 20)), ${restMaxMs})
                                     * (0.75 + random() / 2) * interval '1 millisecond' end,
            enabled = judged.cause is null, disabled_cause = judged.cause,
            updated_at = case when judged.cause is distinct from judged.disabled_cause then now() else updated_at end
       from judged
      where endpoint.id = judged.id
     returning endpoint.id, judged.cause, judged.cause is distinct from judged.disabled_cause as is_news`,
    [JSON.stringify(newsOf(outcomes)), disableAfterMs],
  )
  return changed.rows.filter(({ is_news: isNews }) => isNews).map(({ id, cause }) => ({ id, cause }))
}

const toClaimed = (row: ClaimedRow): ClaimedDelivery => ({
  id: row.id,
  queuedAtMs: row.timestamp.getTime(),
  messageId: row.message_id,
  type: row.type,
  body: row.body,
  attempt: row.attempts,
  endpoint: {
    id: row.endpoint_id,
    url: row.url,
    secretVersion: row.secret_version,
    previousSecretUntilMs: row.previous_secret_until?.getTime() ?? null,
  },
})
