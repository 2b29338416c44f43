import type { AuditBody } from '../protocol/audit.ts'
import type { InviteId, RoomId, SessionId, UserId } from '../protocol/ids.ts'
import type { RoomSpec } from '../protocol/room/commands.ts'
import type { GivenRole } from '../protocol/room/roles.ts'
import type { Role, SanctionKind } from '../protocol/room/values.ts'
import type { WiderSanction, WiderScope } from '../protocol/sanctions/scope.ts'
import type { WebhookFacts } from '../protocol/webhooks/events.ts'
import type { OutboxMessage, SanctionScope } from '../protocol/workflows.ts'
import type { ZoneId } from '../protocol/zone/plan.ts'
import type { ZoneSpec } from '../protocol/zone/spec.ts'

/**
 * Rows of the record that an actor writes in the transaction of its journal entry. Each is idempotent in effect, because
 * the entry around it is there exactly once. Times are Unix ms.
 */
export type RecordWrite =
  /** Inserts the room, or brings every column of it up to date. */
  | {
      readonly write: 'room.put'
      readonly roomId: RoomId
      readonly spec: RoomSpec
      readonly status: 'active' | 'closed'
      readonly bitrate: number
      readonly createdAtMs: number
      readonly activeAtMs: number
      readonly participants: number
      /** When the room closes by itself unless something comes between; null for never. */
      readonly closesAtMs: number | null
    }
  /** The seat count and the last activity, beside a join or leave. */
  | {
      readonly write: 'room.activity'
      readonly roomId: RoomId
      readonly activeAtMs: number
      readonly participants: number
      /** When the room closes by itself unless something comes between; null for never. */
      readonly closesAtMs: number | null
    }
  /** Which change of `closesAtMs` its workflow was told last; beside the write that changed it. */
  | { readonly write: 'room.end'; readonly roomId: RoomId; readonly generation: number }
  | {
      readonly write: 'participant.put'
      readonly roomId: RoomId
      readonly sessionId: SessionId
      readonly userId: UserId
      readonly username: string
      readonly role: Role
      readonly joinedAtMs: number
      readonly isMuted: boolean
      readonly mutedUntilMs: number | null
      readonly isDeafened: boolean
    }
  /** Sets the row's status to `left` and `is_connected` to false; the row stays. */
  | { readonly write: 'participant.left'; readonly sessionId: SessionId; readonly atMs: number }
  /** The role of the user's active rows in the room, and the one that was given and outlives them; null for none. */
  | {
      readonly write: 'participant.role'
      readonly roomId: RoomId
      readonly userId: UserId
      readonly role: Role
      readonly given: GivenRole | null
    }
  /** `is_muted` and `muted_until` of the user's active rows in the room. */
  | {
      readonly write: 'participant.mute'
      readonly roomId: RoomId
      readonly userId: UserId
      readonly isMuted: boolean
      readonly mutedUntilMs: number | null
    }
  /** `is_deafened` of the user's active rows in the room. */
  | {
      readonly write: 'participant.deafen'
      readonly roomId: RoomId
      readonly userId: UserId
      readonly isDeafened: boolean
    }
  /** Inserts the zone, or brings every column of it up to date. */
  | {
      readonly write: 'zone.put'
      readonly zoneId: ZoneId
      readonly spec: ZoneSpec
      /** Into so many it is cut. */
      readonly regions: number
      readonly version: number
      readonly createdBy: UserId
      readonly createdAtMs: number
      /** Null while it is open. */
      readonly closedAtMs: number | null
    }
  /** Inserts the sanction or replaces an older generation of it. */
  | {
      readonly write: 'sanction.put'
      readonly scope: SanctionScope
      readonly scopeId: string
      readonly userId: UserId
      readonly kind: SanctionKind
      readonly generation: number
      readonly untilMs: number | null
      readonly by: UserId
      readonly reason: string
      readonly atMs: number
    }
  /** Sets `lifted_at` of this generation where it is not yet lifted. */
  | {
      readonly write: 'sanction.lifted'
      readonly scope: SanctionScope
      readonly scopeId: string
      readonly userId: UserId
      readonly kind: SanctionKind
      readonly generation: number
      readonly atMs: number
      readonly cause: string
    }
  /** One row of `voice_moderation_events`. */
  | {
      readonly write: 'moderation.event'
      readonly roomId: RoomId | null
      /** Absent: of the room. */
      readonly scope?: WiderScope | 'zone'
      readonly scopeId?: string
      readonly moderatorId: UserId
      readonly targetUserId: UserId
      /** `mute`, `unmute` … */
      readonly action: string
      readonly reason: string
      /** Where the evidence lies; null for none. */
      readonly evidence: string | null
      readonly atMs: number
      readonly expiresAtMs: number | null
      readonly durationS: number | null
      readonly data: Readonly<Record<string, unknown>>
    }
  | {
      readonly write: 'invite.put'
      readonly inviteId: InviteId
      readonly roomId: RoomId
      /** SHA-256 in hex. */
      readonly tokenHash: string
      readonly inviterId: UserId
      readonly inviteeId: UserId | null
      readonly role: GivenRole
      readonly maxUses: number
      readonly message: string
      readonly createdAtMs: number
      readonly expiresAtMs: number
    }
  /** Counts one more use. The table refuses one beyond `maxUses`, and the transaction with it. */
  | { readonly write: 'invite.used'; readonly inviteId: InviteId; readonly atMs: number }
  | {
      readonly write: 'invite.ended'
      readonly inviteId: InviteId
      readonly status: 'rejected' | 'revoked' | 'expired'
      readonly atMs: number
    }
  /** One row at the end of a chain of the audit log; the table numbers it, salts it and links it to the one before. */
  | {
      readonly write: 'audit'
      /** The actor's own: nobody else writes to it. */
      readonly chain: string
      readonly atMs: number
      readonly action: string
      readonly roomId: RoomId | null
      readonly guildId: string | null
      readonly body: AuditBody
    }
  /**
   * Nothing is written: the transaction is refused with SANCTIONS_CHANGED unless exactly these sanctions beyond the room stand on the
   * user in it at that time. No change of one commits between this and the end of the transaction.
   */
  | {
      readonly write: 'sanctions.known'
      readonly userId: UserId
      /** The room's guild; null for none. */
      readonly guildId: string | null
      readonly known: readonly Pick<WiderSanction, 'scope' | 'kind' | 'generation'>[]
      readonly atMs: number
    }
  /** The rooms where the user has a seat have to learn what stands on them beyond the room. */
  | { readonly write: 'sanction.spread'; readonly userId: UserId; readonly atMs: number }
  /** Tells webhooks of it: a delivery for each enabled endpoint that wants it, which is none for most. */
  | {
      readonly write: 'webhook'
      readonly roomId: RoomId | null
      readonly guildId: string | null
      readonly epoch: number
      readonly seq: number
      /** Its place among the events of its entry, from 0. */
      readonly part: number
      readonly atMs: number
      readonly facts: WebhookFacts
    }
  /** One outbox row; commits with the state it speaks of, and wakes the relays. `key` is the workflow id. */
  | {
      readonly write: 'outbox'
      readonly key: string
      readonly message: OutboxMessage
      readonly atMs: number
      /** Sent that much later, unless a newer row of its key takes its place by then. */
      readonly holdMs?: number
    }
