import type { RecordWrite } from '../../persistence/record-writes.ts'
import { roomKey, type UserId } from '../../protocol/ids.ts'
import type { RoomChanges } from '../../protocol/room/commands.ts'
import type { RoomEvent } from '../../protocol/room/events.ts'
import type { RoomState } from './state.ts'

type EventOf<Type extends RoomEvent['type']> = Extract<RoomEvent, { type: Type }>

/** What the audit log keeps of an event. */
interface AuditFacts {
  readonly by: UserId
  readonly target?: UserId
  readonly reason?: string
  /** Where the evidence lies. */
  readonly evidence?: string | undefined
  readonly details?: Readonly<Record<string, unknown>>
}

/**
 * Which events stand in the audit log, and what of them: everything that a moderator, an owner or an admin does, or that a clock
 * does in their place. Null for what people do with their own seats. A new event needs a line here.
 */
const audited: { readonly [Type in RoomEvent['type']]: ((event: EventOf<Type>) => AuditFacts | null) | null } = {
  'room.created': ({ spec, by }) => ({
    by: by ?? spec.owner_id,
    target: spec.owner_id,
    details: { name: spec.name, room_type: spec.room_type, is_private: spec.is_private },
  }),
  'room.updated': ({ by, changes }) => ({ by, details: changesOf(changes) }),
  'room.closed': ({ by, reason, cause, clock }) => ({ by, reason, ...(cause ? { details: { cause, clock } } : {}) }),
  'participant.joined': null,
  'participant.left': null,
  'sanction.applied': ({ by, user_id: target, reason, evidence, kind, generation, until_ms: untilMs }) => ({
    by,
    target,
    reason,
    evidence,
    details: { kind, generation, until_ms: untilMs },
  }),
  'sanction.lifted': ({ by, user_id: target, reason, evidence, kind, generation, cause, clock }) => ({
    by,
    target,
    reason,
    evidence,
    details: { kind, generation, cause, clock },
  }),
  'participant.kicked': ({ by, user_id: target, reason, evidence, session_id: seat, until_ms: untilMs }) => ({
    by,
    target,
    reason,
    evidence,
    details: { session_id: seat, until_ms: untilMs },
  }),
  'role.changed': ({ by, user_id: target, role }) => ({ by, target, details: { role } }),
  // What somebody does with their own place is nobody's act over others.
  'stage.moved': ({ by, user_id: target, to }) => (by === target ? null : { by, target, details: { to } }),
  'voice.changed': ({ by, user_id: target, has_voice }) => ({ by, target, details: { has_voice } }),
  'invite.created': ({
    by,
    invitee_id: target,
    invite_id: id,
    role,
    max_uses: uses,
    expires_at_ms: until,
    message,
  }) => ({
    by,
    ...(target === null ? {} : { target }),
    reason: message,
    details: { invite_id: id, role, max_uses: uses, expires_at_ms: until },
  }),
  'invite.accepted': ({ user_id: by, invite_id: id, role }) => ({ by, target: by, details: { invite_id: id, role } }),
  // Whoever did it did it in the wider scope, which has a chain of its own.
  'wider_sanctions.known': null,
  'wider_sanctions.expired': null,
  'invite.rejected': null,
  // By a clock, and told beforehand.
  'invite.expired': null,
  'invite.revoked': ({ by, invite_id: id }) => ({ by, details: { invite_id: id } }),
  'ownership.transferred': ({ by, from_user_id: from, to_user_id: target }) => ({ by, target, details: { from } }),
}

/** The event's row of the audit log, where it has one, in the room's own chain. */
export function auditOf(event: RoomEvent, after: RoomState, atMs: number): readonly RecordWrite[] {
  // Each line takes the event of its own name.
  const facts = (audited[event.type] as ((event: RoomEvent) => AuditFacts | null) | null)?.(event)
  if (!facts) return []
  const { by, target = null, reason = '', evidence = null, details = {} } = facts
  return [
    {
      write: 'audit',
      chain: roomKey(after.roomId),
      atMs,
      action: event.type,
      roomId: after.roomId,
      guildId: after.room?.spec.guild_id ?? null,
      body: { actor_user: by, target_user: target, reason, evidence, details },
    },
  ]
}

/** Never the hash of a password; of what the game keeps with the room only that it changed, since that may be large. */
function changesOf({ password_hash: hash, settings, permissions, metadata, ...plain }: RoomChanges) {
  const freeForm = Object.entries({ settings, permissions, metadata }).filter(([, value]) => value !== undefined)
  return {
    ...plain,
    ...Object.fromEntries(freeForm.map(([name]) => [name, 'changed'])),
    ...(hash === undefined ? {} : { password: hash === null ? 'removed' : 'set' }),
  }
}
