import { Type, type Static } from '@sinclair/typebox'
import { RoomId, SessionId, UserId } from '../ids.ts'
import { ParticipantFlags, SignalSeq } from '../room/commands.ts'
import { DurationS } from '../room/moderation.ts'
import { InviteMaxUses, InviteToken, InviteTtlS } from '../room/invites.ts'
import { GivenRole } from '../room/roles.ts'
import { reportFields } from '../quality/report.ts'
import { signalBody } from '../room/signal-body.ts'
import { WhisperTo } from '../room/transmit.ts'
import { Volume } from '../room/volume.ts'
import { Evidence, Reason, Username } from '../room/values.ts'
import { list, nullable, oneOf } from '../schema.ts'
import { strict, taggedUnion } from '../tagged-union.ts'
import { zoneClientFrames } from './zone-frames.ts'

/** A client's frame may not be larger; the socket is closed if it is. Bytes. */
export const maxFrameBytes = 16 * 1024

/** Numbers a connection's commands: 1, 2, 3 … Sending the same number again asks for the same command's outcome. */
const id = Type.Integer({ minimum: 1, maximum: 0xffff_ffff })
const command = <const Name extends string, Fields extends Parameters<typeof Type.Object>[0]>(
  type: Name,
  fields: Fields,
) => strict({ type: Type.Literal(type), id, room_id: RoomId, ...fields })

/** First frame of a connection. With the `resume_token` last heard it goes on under its name, on whatever gateway. */
export const Hello = strict({
  type: Type.Literal('hello'),
  token: Type.String({ maxLength: 8_192 }),
  resume_token: Type.Optional(Type.String({ maxLength: 1_024 })),
})
/** A new token before the old one expires. */
export const Reauth = strict({ type: Type.Literal('reauth'), id, token: Type.String({ maxLength: 8_192 }) })

const heardSignal = strict({ from_session: SessionId, signal_seq: SignalSeq })

export const JoinFrame = command('join', {
  /** Defaults to the token's `name`, else to the user id. */
  username: Type.Optional(Username),
  password: Type.Optional(Type.String({ minLength: 1, maxLength: 1_024 })),
  /**
   * Only to speak into this room, from that one: its `parent_room_id`, where this connection has a seat and may `broadcast`. The seat is
   * sent no audio, counts against no capacity, and ends as soon as its holder may not speak from there any more.
   */
  speaks_from: Type.Optional(RoomId),
})
/**
 * Carries on with a seat of the same user: one made over REST, or one of a connection that was lost. `since`: the client has
 * heard everything of the room up to there. `signals_heard`: of each sender up to which signal, so that those do not come again.
 */
export const AttachFrame = command('attach', {
  session_id: SessionId,
  since: Type.Optional(
    strict({
      epoch: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
      seq: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    }),
  ),
  signals_heard: Type.Optional(list(heardSignal, { maxItems: 64 })),
  /** As in the seat's `join`: without it one that only speaks into the room is not carried on with. */
  speaks_from: Type.Optional(RoomId),
})
export const LeaveFrame = command('leave', {})
export const SignalFrame = command('signal', {
  to_user: UserId,
  ...signalBody,
})
export const SetFlagsFrame = command('set_flags', { flags: ParticipantFlags })
/**
 * Whom the microphone is for from now on: this room alone, `users` in it alone (`whisper`), nobody (`none`), or every room of the
 * connection (`all`), as at the beginning. `linked`: this room and those into which the connection speaks from it; into these nobody
 * speaks otherwise.
 */
export const TransmitFrame = command('transmit', {
  to: oneOf(['room', 'whisper', 'none', 'all', 'linked']),
  /** With `whisper` alone. */
  users: Type.Optional(WhisperTo),
})
/** How loud you hear somebody, in percent; theirs alone who sets it. */
export const SetVolumeFrame = command('set_volume', { target_user_id: UserId, volume: Volume })
const about = { reason: Type.Optional(Reason), evidence: Type.Optional(Evidence) }
/** `duration` in seconds; absent is permanent. */
const sanctionFields = { target_user_id: UserId, duration: Type.Optional(DurationS), ...about }
const liftFields = { target_user_id: UserId, ...about }
export const MuteFrame = command('mute', sanctionFields)
export const UnmuteFrame = command('unmute', liftFields)
export const DeafenFrame = command('deafen', sanctionFields)
export const UndeafenFrame = command('undeafen', liftFields)
export const BanFrame = command('ban', sanctionFields)
export const UnbanFrame = command('unban', liftFields)
/** With a `duration` the user stays out for so long; without one they may come back at once. */
export const KickFrame = command('kick', sanctionFields)
/** Everyone who may not mute, those who come later too. */
export const MuteAllFrame = command('mute_all', { duration: Type.Optional(DurationS), ...about })
export const UnmuteAllFrame = command('unmute_all', about)
/** `role` null takes away what was given. */
export const SetRoleFrame = command('set_role', { target_user_id: UserId, role: nullable(GivenRole) })
/** Answered with the token, once. `ttl` in seconds; a day where absent. */
export const CreateInviteFrame = command('create_invite', {
  invitee_id: Type.Optional(UserId),
  role: Type.Optional(GivenRole),
  max_uses: Type.Optional(InviteMaxUses),
  ttl: Type.Optional(InviteTtlS),
  message: Type.Optional(Reason),
})
/** Takes what an invite to that room offers; `join` is another frame. */
export const AcceptInviteFrame = command('accept_invite', { token: InviteToken })
export const TransferOwnershipFrame = command('transfer_ownership', { target_user_id: UserId })

/** Asks for a place on stage; who may manage the stage is on it at once. */
export const RequestToSpeakFrame = command('request_to_speak', {})
export const WithdrawRequestFrame = command('withdraw_request', {})
/** Brings somebody on stage who asked, invites anybody else. */
export const InviteToStageFrame = command('invite_to_stage', { target_user_id: UserId })
export const AcceptStageInviteFrame = command('accept_stage_invite', {})
export const DeclineStageInviteFrame = command('decline_stage_invite', {})
export const LeaveStageFrame = command('leave_stage', {})
/** Off the stage, out of the queue, or not invited any more. */
export const RemoveFromStageFrame = command('remove_from_stage', { target_user_id: UserId })
/** In a moderated room: they may be heard. */
export const GrantVoiceFrame = command('grant_voice', { target_user_id: UserId })
export const RevokeVoiceFrame = command('revoke_voice', { target_user_id: UserId })

/** The client's peer connection to another session of the room came up or went down. Not answered. */
export const LinkFrame = strict({
  type: Type.Literal('link'),
  room_id: RoomId,
  peer_session_id: SessionId,
  state: Type.Unsafe<'connected' | 'failed' | 'closed'>(Type.String({ enum: ['connected', 'failed', 'closed'] })),
})
/** How the client hears the room, every few seconds. Not answered. */
export const QualityFrame = strict({ type: Type.Literal('quality'), room_id: RoomId, ...reportFields })
/** The client has what that session sent it up to that number. Not answered. */
export const SignalAckFrame = strict({
  type: Type.Literal('signal_ack'),
  room_id: RoomId,
  from_session: SessionId,
  signal_seq: SignalSeq,
})
export const Ping = strict({ type: Type.Literal('ping') })

/** Every frame that a client may send. */
export const clientFrames = [
  Hello,
  Reauth,
  JoinFrame,
  AttachFrame,
  LeaveFrame,
  SignalFrame,
  SetFlagsFrame,
  TransmitFrame,
  SetVolumeFrame,
  MuteFrame,
  UnmuteFrame,
  DeafenFrame,
  UndeafenFrame,
  BanFrame,
  UnbanFrame,
  KickFrame,
  MuteAllFrame,
  UnmuteAllFrame,
  SetRoleFrame,
  TransferOwnershipFrame,
  RequestToSpeakFrame,
  WithdrawRequestFrame,
  InviteToStageFrame,
  AcceptStageInviteFrame,
  DeclineStageInviteFrame,
  LeaveStageFrame,
  RemoveFromStageFrame,
  GrantVoiceFrame,
  RevokeVoiceFrame,
  CreateInviteFrame,
  AcceptInviteFrame,
  LinkFrame,
  SignalAckFrame,
  QualityFrame,
  ...zoneClientFrames,
  Ping,
] as const

export const ClientFrame = taggedUnion('type', clientFrames)
export type ClientFrame = Static<typeof ClientFrame>
