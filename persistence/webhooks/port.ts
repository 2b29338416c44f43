import type { RoomId, UserId } from '../../protocol/ids.ts'
import type { WebhookEventType } from '../../protocol/webhooks/events.ts'
import type { DeliveryId, DeliveryState, DisabledCause, WebhookId } from '../../protocol/webhooks/webhook.ts'

/** Which events an endpoint is told. */
export interface WebhookFilter {
  /** Empty: of every type. */
  readonly events: readonly WebhookEventType[]
  /** Null: of every room, every guild. */
  readonly roomId: RoomId | null
  readonly guildId: string | null
}

export interface WebhookSpec extends WebhookFilter {
  readonly url: string
  readonly description: string
  readonly enabled: boolean
}

/** An endpoint as it stands. Times are Unix ms. */
export interface Webhook extends WebhookSpec {
  readonly id: WebhookId
  /** Null while it is enabled. */
  readonly disabledCause: DisabledCause | null
  /** The secret follows from it. */
  readonly secretVersion: number
  /** Until then the version before signs, too; null where there is none. */
  readonly previousSecretUntilMs: number | null
  readonly createdBy: UserId
  readonly createdAtMs: number
  readonly updatedAtMs: number
  /** Since when nothing got through; null while the last attempt did, or none was made. */
  readonly failingSinceMs: number | null
}

/** One message on its way to one endpoint. */
export interface WebhookDelivery {
  readonly id: DeliveryId
  readonly messageId: string
  readonly type: WebhookEventType
  readonly roomId: RoomId | null
  readonly state: DeliveryState
  readonly attempts: number
  readonly queuedAtMs: number
  /** Null for what is delivered or dead. */
  readonly nextAttemptAtMs: number | null
  readonly lastAttemptAtMs: number | null
  /** What the receiver answered last; null where it did not. */
  readonly lastStatus: number | null
  /** What went wrong last, as a word: `timeout`, `refused_address` … */
  readonly lastError: string | null
  readonly lastTookMs: number | null
}

export interface DeliveryFilter {
  readonly state?: DeliveryState
  readonly type?: WebhookEventType
}

export interface DeliveryPage {
  readonly deliveries: readonly WebhookDelivery[]
  readonly nextCursor: string | null
}

/**
 * The endpoints, for those who look after them. Every change stands in the audit log in the chain of its endpoint, in the same
 * transaction, with the names of the fields and without their secrets.
 */
export interface WebhookRegistry {
  /** Made before under the same id: that one. Above `webhooksMax` nothing is made. */
  create(id: WebhookId, spec: WebhookSpec, by: UserId): Promise<Webhook | 'too_many'>
  /** Oldest first. */
  list(): Promise<readonly Webhook[]>
  read(id: WebhookId): Promise<Webhook | null>
  /** An endpoint that is enabled again begins with a clean slate, and with what waits. */
  update(id: WebhookId, changes: Partial<WebhookSpec>, by: UserId): Promise<Webhook | null>
  /** False where there is none. What waits for it is never sent, and goes with its day. */
  remove(id: WebhookId, by: UserId): Promise<boolean>
  /** Makes the next version of the secret; the same command makes it once. The version before signs for `overlapMs` more. */
  rotate(id: WebhookId, overlapMs: number, by: UserId, command: string): Promise<Webhook | null>
  /** Newest first. Throws VALIDATION_FAILED for a cursor that is none. */
  deliveries(id: WebhookId, filter: DeliveryFilter, limit: number, cursor: string | null): Promise<DeliveryPage>
  /** Sends the message of a delivery once more, under the same message id, as a delivery of its own. Null where there is none. */
  redeliver(id: WebhookId, delivery: DeliveryId, as: DeliveryId): Promise<WebhookDelivery | null>
  /** Sends an event of the type `webhook.test`. Null where there is no such endpoint. */
  test(id: WebhookId, as: DeliveryId): Promise<WebhookDelivery | null>
}

/** A delivery in the hand of one relay. */
export interface ClaimedDelivery {
  readonly id: DeliveryId
  readonly queuedAtMs: number
  readonly messageId: string
  readonly type: WebhookEventType
  readonly body: string
  /** Counts from 1. */
  readonly attempt: number
  readonly endpoint: Pick<Webhook, 'id' | 'url' | 'secretVersion' | 'previousSecretUntilMs'>
}

/** What became of an attempt. */
export interface AttemptOutcome {
  readonly delivery: ClaimedDelivery
  readonly outcome: 'delivered' | 'retry' | 'dead'
  readonly status: number | null
  readonly error: string | null
  readonly tookMs: number
  /** Of `retry`: the next attempt is that far off, ms. */
  readonly restMs: number
  /** The receiver said that it is gone for good. */
  readonly gone: boolean
}

export interface ClaimOptions {
  /** At the most. */
  readonly limit: number
  /** Under way at once to one endpoint, by all relays together; one alone to an endpoint that keeps failing. */
  readonly perEndpoint: number
  /** For so long nobody else takes them up, ms. */
  readonly leaseMs: number
}

export interface Disabled {
  readonly id: WebhookId
  readonly cause: DisabledCause
}

export interface UpkeepOptions {
  /** What is older is given up, ms. */
  readonly giveUpMs: number
  /** An endpoint for which more waits, of what came since it was enabled, is disabled. */
  readonly queueMax: number
}

/**
 * What is to be sent. Several relays may work on it at once. A relay that dies leaves what it had in hand to the others when its lease is
 * over: then it is sent again, under the same message id.
 */
export interface WebhookQueue {
  /** Takes what is due, of every endpoint its share: one for which much waits holds up no other. */
  claim(options: ClaimOptions): Promise<readonly ClaimedDelivery[]>
  /**
   * Notes what became of attempts, in their order. An endpoint for which nothing got through for `disableAfterMs`, or that is gone, is
   * disabled, with a row in the audit log; those are returned. Behind five failures in a row an endpoint rests between attempts, for
   * 1 s, doubling up to 60 s.
   */
  settle(outcomes: readonly AttemptOutcome[], disableAfterMs: number): Promise<readonly Disabled[]>
  /** Gives up what is too old, and disables endpoints for which too much waits. */
  upkeep(options: UpkeepOptions): Promise<{ readonly givenUp: number; readonly disabled: readonly Disabled[] }>
  /** What waits for enabled endpoints, and the age of the oldest in ms (0 when nothing does). */
  backlog(): Promise<{ readonly rows: number; readonly oldestAgeMs: number }>
}

/** Failures in a row, from which on an endpoint is tried one delivery at a time, with rests between. */
export const failuresBeforeRest = 5
/** Longest rest of an endpoint between attempts, ms. */
export const restMaxMs = 60_000
