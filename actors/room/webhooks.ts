import type { EventContext } from '../../cluster/actor-runtime/definition.ts'
import type { RecordWrite } from '../../persistence/record-writes.ts'
import type { UserId } from '../../protocol/ids.ts'
import { isoTimeOrNull } from '../../protocol/iso-time.ts'
import type { RoomEvent } from '../../protocol/room/events.ts'
import type { RoomView } from '../../protocol/room/view.ts'
import type { WebhookFacts } from '../../protocol/webhooks/events.ts'
import { tellApplied, tellLifted } from '../sanction-webhooks.ts'
import { presentRoom } from './present.ts'
import { occupancyOf, type RoomFacts, type RoomState } from './state.ts'

type EventOf<Type extends RoomEvent['type']> = Extract<RoomEvent, { type: Type }>
type Tell<Type extends RoomEvent['type']> = (
  event: EventOf<Type>,
  after: RoomState,
  facts: RoomFacts,
) => WebhookFacts | null

const changedRoom = (room: RoomView, by: UserId, changed: readonly string[]): WebhookFacts => ({
  type: 'room.updated',
  data: { room, by, changed },
})

/** Names as callers know them: of a password they see only whether there is one. */
const publicNames: Readonly<Record<string, string>> = {
  password_hash: 'has_password',
  scheduled_end_at_ms: 'scheduled_end_at',
}

/** What webhooks are told of an event; null for those that are no webhook's business. A new event needs a line here. */
const told: { readonly [Type in RoomEvent['type']]: Tell<Type> | null } = {
  'room.created': ({ by, spec }, after, facts) => ({
    type: 'room.created',
    data: { room: presentRoom(after, facts), by: by ?? spec.owner_id },
  }),
  'room.updated': ({ by, changes }, after, facts) => {
    const names = Object.keys(changes).map((name) => publicNames[name] ?? name)
    return changedRoom(presentRoom(after, facts), by, names)
  },
  'room.closed': ({ by, reason, cause }, after, facts) => ({
    type: 'room.closed',
    data: { room: presentRoom(after, facts), by, reason, cause: cause ?? 'closed' },
  }),
  'participant.joined': ({ session_id, user_id, username, role, speaks_from: from }, after) => ({
    type: 'participant.joined',
    data: {
      ...{ session_id, user_id, username, role, current_participants: occupancyOf(after) },
      speaks_from: from ?? null,
    },
  }),
  'participant.left': ({ session_id, user_id, reason }, after) => ({
    type: 'participant.left',
    data: { session_id, user_id, reason, current_participants: occupancyOf(after) },
  }),
  // A kick tells of itself, and for how long.
  'sanction.applied': (event) => (event.by_kick ? null : tellApplied('room', event)),
  'sanction.lifted': (event) => tellLifted('room', event),
  'participant.kicked': ({ user_id, session_id, by, reason, evidence, until_ms: untilMs }) => ({
    type: 'moderation.kicked',
    data: { user_id, session_id, by, reason, evidence: evidence ?? null, until: isoTimeOrNull(untilMs) },
  }),
  'ownership.transferred': ({ by }, after, facts) => changedRoom(presentRoom(after, facts), by, ['owner_id']),
  // They are told where they were put on.
  'wider_sanctions.known': null,
  'wider_sanctions.expired': null,
  'role.changed': null,
  'stage.moved': null,
  'voice.changed': null,
  'invite.created': null,
  'invite.accepted': null,
  'invite.rejected': null,
  'invite.revoked': null,
  'invite.expired': null,
}

/** The event as webhooks are told it, where they are. Whether any endpoint wants it is for the record to say. */
export function webhookOf(event: RoomEvent, after: RoomState, at: EventContext): readonly RecordWrite[] {
  // Each line takes the event of its own name.
  const tell = told[event.type] as Tell<never> | null
  if (!tell || !after.room) return []
  const facts = tell(event as never, after, after.room)
  if (!facts) return []
  const { epoch, seq, part, atMs } = at
  return [{ write: 'webhook', roomId: after.roomId, guildId: after.room.spec.guild_id, epoch, seq, part, atMs, facts }]
}
