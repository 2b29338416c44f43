import type { SessionId, UserId } from '../ids.ts'
import type { KickReply } from './moderation.ts'
import type { AcceptedInvite, InviteList, InvitePreview, InviteView } from './invites.ts'
import type { RoleReply } from './roles.ts'
import type { StageReply, VoiceReply } from './stage.ts'
import type { Role } from './values.ts'
import type { MeshKind, RoomSnapshotView, RoomView, SanctionView } from './view.ts'

/**
 * The value of a room's `ok` or `accepted` answer, by the command's type. Engine-made commands (`detach`, `wake`,
 * `activated`) are answered with null.
 */
export interface RoomReplies {
  readonly create: RoomView
  readonly update: RoomView
  readonly close: RoomView
  readonly join: JoinReply
  readonly leave: LeaveReply
  readonly attach: AttachReply
  readonly set_flags: null
  readonly set_transmit: null
  readonly set_volume: null
  readonly use_seat: null
  readonly signal: SignalReply
  readonly signals_heard: null
  readonly sanction: SanctionView
  readonly lift: LiftReply
  readonly kick: KickReply
  readonly expire: ExpireReply
  readonly expire_room: ExpireRoomReply
  readonly know_wider: KnowWiderReply
  readonly warn_room: null
  readonly expire_invite: ExpireInviteReply
  readonly set_role: RoleReply
  readonly transfer_ownership: RoomView
  /** Allowed; else it is refused. */
  readonly authorize: null
  /** Allowed; else it is refused. */
  readonly check_broadcast: null
  readonly request_to_speak: StageReply
  readonly withdraw_request: StageReply
  readonly invite_to_stage: StageReply
  readonly accept_stage_invite: StageReply
  readonly decline_stage_invite: StageReply
  readonly leave_stage: StageReply
  readonly remove_from_stage: StageReply
  readonly grant_voice: VoiceReply
  readonly revoke_voice: VoiceReply
  readonly view: RoomSnapshotView
  readonly create_invite: InviteView
  readonly accept_invite: AcceptedInvite
  readonly reject_invite: null
  readonly revoke_invite: null
  readonly list_invites: InviteList
  readonly view_invite: InvitePreview
  readonly detach: null
  readonly wake: null
  readonly activated: null
}

/** `snapshot` has the new seat in it, not yet connected. */
export interface JoinReply {
  readonly session_id: SessionId
  readonly role: Role
  readonly snapshot: RoomSnapshotView
}

/** A join's answer as it is decided, remembered and journaled: whoever is told it gets the room as it is by then. */
export type SeatTaken = Omit<JoinReply, 'snapshot'> & { readonly snapshot: null }

/** The answers as they are decided. */
export type DecidedReplies = Omit<RoomReplies, 'join'> & { readonly join: SeatTaken }

/** The seat that was given up. */
export interface LeaveReply {
  readonly session_id: SessionId
  readonly user_id: UserId
}

export interface AttachReply {
  readonly session_id: SessionId
  readonly role: Role
  readonly mesh: MeshKind
  /** The number of the session's last signal; the lowest of this life of the room less one where it sent none. */
  readonly last_signal_seq: number
}

/**
 * `connected` false: nobody carries the receiving seat right now; the message is kept until somebody does. `dropped_candidates`: so many were left
 * out, since the room takes relayed ones alone.
 */
export interface SignalReply {
  readonly delivered_to: SessionId
  readonly connected: boolean
  readonly dropped_candidates: number
  /** The number under which the receiver hears it. */
  readonly signal_seq: number
}

/** The generation that was lifted. */
export interface LiftReply {
  readonly kind: SanctionView['kind']
  readonly user_id: UserId
  readonly generation: number
}

/** `not_before_ms` (Unix ms) is set when that generation is in force and not due yet: ask again then. */
export interface ExpireReply {
  readonly lifted: boolean
  readonly not_before_ms: number | null
}

/** `not_before_ms` (Unix ms) is when the room ends as things stand, where that is not yet; null for never. */
export interface ExpireRoomReply {
  readonly closed: boolean
  readonly not_before_ms: number | null
}

/** `changed`: the room did not know it yet, of somebody who has a seat. */
export interface KnowWiderReply {
  readonly changed: boolean
}

/** `not_before_ms` (Unix ms) is set when the invite holds by the room's clock: ask again then. */
export interface ExpireInviteReply {
  readonly expired: boolean
  readonly not_before_ms: number | null
}
