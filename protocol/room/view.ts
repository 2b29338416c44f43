import type { RoomId, SessionId, UserId } from '../ids.ts'
import type { QualityPreset, Role, RoomType, SanctionKind, LeaveReason, LiftCause, LiftClock } from './values.ts'

/*
 * What callers see of a room, over REST and over the socket alike. Times are ISO 8601 in UTC. No hash, no address and no
 * reason of a sanction stands here.
 */

/** The room object. */
export interface RoomView {
  readonly room_id: RoomId
  readonly name: string
  readonly description: string
  readonly owner_id: UserId
  readonly room_type: RoomType
  readonly max_participants: number
  readonly current_participants: number
  readonly quality_preset: QualityPreset
  readonly audio_codec: 'opus'
  /** Bits per second a client should aim at. */
  readonly bitrate: number
  readonly status: 'active' | 'closed'
  readonly is_private: boolean
  readonly is_temporary: boolean
  readonly is_moderated: boolean
  readonly allow_recording: boolean
  readonly has_password: boolean
  readonly region: string | null
  readonly game_server_id: string | null
  readonly guild_id: string | null
  readonly created_at: string
  readonly scheduled_end_at: string | null
  readonly settings: Record<string, unknown>
  readonly permissions: Record<string, unknown>
  readonly metadata: Record<string, unknown>
}

/** One seat as everyone in the room sees it. */
export interface ParticipantView {
  readonly session_id: SessionId
  readonly user_id: UserId
  readonly username: string
  readonly role: Role
  readonly joined_at: string
  /** A connection carries the seat right now. */
  readonly is_connected: boolean
  /** By a moderator; clients silence this participant. */
  readonly is_muted: boolean
  readonly muted_until: string | null
  readonly self_muted: boolean
  readonly speaking: boolean
  readonly hand_raised: boolean
}

/** The part of a participant that no event tells. */
export type PresenceView = Pick<
  ParticipantView,
  'session_id' | 'is_connected' | 'self_muted' | 'speaking' | 'hand_raised'
>

/** A sanction in force. */
export interface SanctionView {
  readonly kind: SanctionKind
  readonly user_id: UserId
  readonly generation: number
  readonly until: string | null
}

/** A whole room: the answer to a read, to a join, and the `snapshot` frame. */
export interface RoomSnapshotView {
  readonly room: RoomView
  readonly participants: readonly ParticipantView[]
  readonly sanctions: readonly SanctionView[]
}

/** What happened, as everyone in the room is told. */
export type PublicRoomEvent =
  | { readonly type: 'room.created' | 'room.updated'; readonly room: RoomView }
  | { readonly type: 'room.closed' }
  | { readonly type: 'participant.joined'; readonly participant: ParticipantView }
  | {
      readonly type: 'participant.left'
      readonly session_id: SessionId
      readonly user_id: UserId
      readonly reason: LeaveReason
    }
  | ({ readonly type: 'sanction.applied' } & SanctionView)
  | {
      readonly type: 'sanction.lifted'
      readonly kind: SanctionKind
      readonly user_id: UserId
      readonly generation: number
      readonly cause: LiftCause
      readonly clock: LiftClock
    }

/** What the actor pushes to sockets beside durable events. */
export type RoomPush =
  /** Class B: a participant's volatile flags changed. Carries the whole participant, so the latest one wins. */
  | { readonly type: 'presence'; readonly participant: ParticipantView }
  | {
      readonly type: 'signal'
      readonly session_id: SessionId
      readonly from_session: SessionId
      readonly from_user: UserId
      readonly message_type: string
      readonly sdp?: string
      readonly candidate?: string
      readonly sdp_mid?: string
      readonly sdp_mline_index?: number
    }
  /** The receiving session is over: its seat went to another connection of the same user, or the room closed. */
  | { readonly type: 'session_ended'; readonly session_id: SessionId; readonly reason: LeaveReason }
