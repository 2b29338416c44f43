import { Type, type TSchema } from '@sinclair/typebox'
import { SessionId, UserId } from '../ids.ts'
import { SignalSeq } from '../room/commands.ts'
import { StageReply, VoiceReply } from '../room/stage.ts'
import { AcceptedInvite, CreatedInvite } from '../room/invites.ts'
import { Role, SanctionKind } from '../room/values.ts'
import { MeshKind, RoomSnapshotView, RoomView, SanctionView } from '../room/view.ts'
import { IsoTime, nullable } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import { RoomIce } from './ice.ts'
import { ZoneEntered } from './zone-frames.ts'
import type { ClientFrame } from './client-frames.ts'

/** Frames that are answered by a `reply`, or refused by an `error`: all with a number, but for the one with an answer of its own. */
export type AnsweredFrame = Exclude<Extract<ClientFrame, { readonly id: number }>, { readonly type: 'reauth' }>

/** The generation that was lifted. */
const lifted = strict({ kind: SanctionKind, user_id: UserId, generation: Type.Integer({ minimum: 1 }) })

/** The `value` of a `reply`, by the type of the command that it answers. */
export const replyValues = {
  /** `snapshot` has the new seat in it, not yet connected. */
  join: strict({ session_id: SessionId, role: Role, snapshot: RoomSnapshotView, ice: RoomIce }),
  attach: strict({ session_id: SessionId, role: Role, mesh: MeshKind }),
  /** The seat that was given up. */
  leave: strict({ session_id: SessionId, user_id: UserId }),
  /**
   * `connected` false: nobody carries the receiving seat right now; the message is kept until somebody does. `dropped_candidates`: so many were
   * left out, since the room takes relayed ones alone.
   */
  signal: strict({
    delivered_to: SessionId,
    connected: Type.Boolean(),
    dropped_candidates: Type.Integer({ minimum: 0 }),
    /** The number under which the receiver hears it. */
    signal_seq: SignalSeq,
  }),
  set_flags: Type.Null(),
  transmit: Type.Null(),
  set_volume: Type.Null(),
  mute: SanctionView,
  unmute: lifted,
  deafen: SanctionView,
  undeafen: lifted,
  ban: SanctionView,
  unban: lifted,
  /** The seat that ended, and whether and until when the user stays out. */
  kick: strict({
    user_id: UserId,
    session_id: nullable(SessionId),
    until: nullable(IsoTime),
    is_banned: Type.Boolean(),
  }),
  mute_all: SanctionView,
  unmute_all: lifted,
  /** The role that holds for the user now. */
  set_role: strict({ user_id: UserId, role: Role }),
  transfer_ownership: RoomView,
  request_to_speak: StageReply,
  withdraw_request: StageReply,
  invite_to_stage: StageReply,
  accept_stage_invite: StageReply,
  decline_stage_invite: StageReply,
  leave_stage: StageReply,
  remove_from_stage: StageReply,
  grant_voice: VoiceReply,
  revoke_voice: VoiceReply,
  create_invite: CreatedInvite,
  accept_invite: AcceptedInvite,
  zone_enter: ZoneEntered,
  zone_leave: Type.Null(),
  zone_signal: Type.Null(),
  /** Of so many of the players this gateway knows that they are in the zone; the others' places were handed on too. */
  zone_positions: strict({ here: Type.Integer({ minimum: 0 }) }),
} as const satisfies Record<AnsweredFrame['type'], TSchema>
