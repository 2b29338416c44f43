import { Type, type Static, type TObject } from '@sinclair/typebox'
import { RoomId, SessionId, UserId } from '../ids.ts'
import { RoomView } from '../room/view.ts'
import { EndCause, Evidence, GameId, LeaveReason, LiftCause, Reason, Role, Username } from '../room/values.ts'
import { IsoTime, list, nullable, oneOf } from '../schema.ts'
import { strict, taggedUnion } from '../tagged-union.ts'

/*
 * What webhooks are told. FROZEN once released: receivers are programs of other people. A field may be added, and receivers are asked
 * to look over what they do not know; whatever else changes is a new `v` of that type beside the old one.
 */

/** Names the message: the same in `webhook-id`, however often and to however many endpoints it is sent. */
export const WebhookMessageId = Type.String({ pattern: '^evt_[0-9a-f-]{36}$' })

const envelope = {
  id: WebhookMessageId,
  v: Type.Literal(1),
  /** When it happened, by the clock of the node that decided it. */
  timestamp: IsoTime,
  room_id: nullable(RoomId),
  guild_id: nullable(GameId),
  /**
   * Where it stands among the events of its room: of two the one with the higher epoch is the later, of one epoch the one with the higher
   * seq, of one seq the one with the higher part. Deliveries may overtake one another.
   */
  epoch: Type.Integer({ minimum: 0 }),
  seq: Type.Integer({ minimum: 0 }),
  part: Type.Integer({ minimum: 0 }),
}

const event = <const Name extends string, Data extends TObject>(type: Name, data: Data) =>
  strict({ type: Type.Literal(type), ...envelope, data })

/** `system` for the clocks. */
const by = UserId

const changed = strict({
  room: RoomView,
  by,
  /** Fields that the change named; `owner_id` for a transfer. */
  changed: list(Type.String()),
})

const sanction = {
  /** Where it holds: in the room, in every room of the guild, or in every room there is. */
  scope: oneOf(['room', 'guild', 'global']),
  /** Null where it is on everyone. */
  user_id: nullable(UserId),
  by,
  reason: Reason,
  evidence: nullable(Evidence),
  /** Counts the sanctions of a kind on a user; a lift has that of the one it ends. */
  generation: Type.Integer({ minimum: 1 }),
}
/** `until` null: for good. */
const applied = strict({ ...sanction, until: nullable(IsoTime) })
const lifted = strict({ ...sanction, cause: LiftCause })

export const webhookEvents = [
  event('room.created', strict({ room: RoomView, by })),
  event('room.updated', changed),
  /** Every seat ends with the room: there is no `participant.left` for those who were still there. */
  event('room.closed', strict({ room: RoomView, by, reason: Reason, cause: EndCause })),
  event(
    'participant.joined',
    strict({
      session_id: SessionId,
      user_id: UserId,
      username: Username,
      role: Role,
      current_participants: Type.Integer(),
      /** They only speak into the room, from that one; null for all others. */
      speaks_from: nullable(RoomId),
    }),
  ),
  event(
    'participant.left',
    strict({ session_id: SessionId, user_id: UserId, reason: LeaveReason, current_participants: Type.Integer() }),
  ),
  event('moderation.muted', applied),
  event('moderation.unmuted', lifted),
  event('moderation.deafened', applied),
  event('moderation.undeafened', lifted),
  event('moderation.banned', applied),
  event('moderation.unbanned', lifted),
  event('moderation.mute_all', applied),
  event('moderation.unmute_all', lifted),
  event(
    'moderation.kicked',
    strict({
      user_id: UserId,
      /** The seat that ended; null where there was none. */
      session_id: nullable(SessionId),
      by,
      reason: Reason,
      evidence: nullable(Evidence),
      /** Until when the kick keeps the user out; null: not at all. */
      until: nullable(IsoTime),
    }),
  ),
  /** Sent on demand, so that a receiver can be tried. */
  event('webhook.test', strict({ webhook_id: Type.String({ format: 'uuid' }) })),
] as const

/** Everything a webhook may be sent. */
export const WebhookEvent = taggedUnion('type', webhookEvents)
export type WebhookEvent = Static<typeof WebhookEvent>

/** The names that an endpoint may ask for. The test event goes to whom it is sent. */
export const webhookEventTypes = webhookEvents
  .map(({ properties }) => properties.type.const)
  .filter((type) => type !== 'webhook.test')
export type WebhookEventType = WebhookEvent['type']

/** What happened, without where and when: the part that differs from type to type. */
export type WebhookFacts = {
  [Event in WebhookEvent as Event['type']]: Pick<Event, 'type' | 'data'>
}[WebhookEventType]
