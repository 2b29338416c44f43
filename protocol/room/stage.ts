import { Type, type Static } from '@sinclair/typebox'
import { UserId } from '../ids.ts'
import { list, nullable, oneOf } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import { Principal } from './values.ts'

/*
 * Who may be heard where not everyone is. A room with a stage (announcement) has places on it, people whom a moderator invited, and
 * a queue of those who asked. In a moderated room without a stage a moderator gives single participants a voice. Both end with
 * the seat; a seat that is replaced keeps them.
 */

/** People in the queue of one stage; above it QUEUE_FULL. */
export const stageQueueMax = 200
/** People invited to one stage who have not answered; above it QUEUE_FULL. */
export const stageInvitesMax = 200

/** One's own place: asked for, given back, taken on invitation, or not. */
const own = <const Name extends string>(type: Name) => strict({ type: Type.Literal(type), by: Principal })
/** Somebody else's place. */
const ofOther = <const Name extends string>(type: Name) =>
  strict({ type: Type.Literal(type), by: Principal, target_user_id: UserId })

/** Joins the queue; who may manage the stage is on it at once. In a place already: nothing. */
export const RequestToSpeak = own('request_to_speak')
export const WithdrawRequest = own('withdraw_request')
/** Brings somebody on stage who is in the queue, since they asked; everyone else is invited, and has to accept. */
export const InviteToStage = ofOther('invite_to_stage')
export const AcceptStageInvite = own('accept_stage_invite')
export const DeclineStageInvite = own('decline_stage_invite')
export const LeaveStage = own('leave_stage')
/** Takes somebody off the stage, out of the queue, or their invitation back. */
export const RemoveFromStage = ofOther('remove_from_stage')
/** In a moderated room: this participant may be heard. Given already: nothing. */
export const GrantVoice = ofOther('grant_voice')
export const RevokeVoice = ofOther('revoke_voice')

export const stageCommands = [
  RequestToSpeak,
  WithdrawRequest,
  InviteToStage,
  AcceptStageInvite,
  DeclineStageInvite,
  LeaveStage,
  RemoveFromStage,
  GrantVoice,
  RevokeVoice,
] as const
export type StageCommand = Static<(typeof stageCommands)[number]>

/** Where somebody is: on stage, in the queue, invited, or nowhere. */
export const StagePlace = oneOf(['stage', 'queue', 'invited', 'none'])
export type StagePlace = Static<typeof StagePlace>

/** The answer to every command of the stage: where that participant is now. */
export const StageReply = strict({
  user_id: UserId,
  place: StagePlace,
  /** In the queue, from 1; null elsewhere. */
  position: nullable(Type.Integer()),
})
export type StageReply = Static<typeof StageReply>

/** The answer to a voice given or taken. */
export const VoiceReply = strict({ user_id: UserId, has_voice: Type.Boolean() })
export type VoiceReply = Static<typeof VoiceReply>

/*
 * FROZEN: these shapes lie in the journal, as those of events.ts.
 */
const v = Type.Literal(1)

/** They are in that place from now on, and in no other. */
export const StageMoved = strict({
  type: Type.Literal('stage.moved'),
  v,
  user_id: UserId,
  to: StagePlace,
  by: UserId,
})
export const VoiceChanged = strict({
  type: Type.Literal('voice.changed'),
  v,
  user_id: UserId,
  has_voice: Type.Boolean(),
  by: UserId,
})
export const stageEvents = [StageMoved, VoiceChanged] as const

/** As everyone in the room is told: by whom is left out. */
export const publicStageEvents = [
  strict({ type: Type.Literal('stage.moved'), user_id: UserId, to: StagePlace }),
  strict({ type: Type.Literal('voice.changed'), user_id: UserId, has_voice: Type.Boolean() }),
] as const

/** A stage as everyone in the room sees it. */
export const StageView = strict({
  /** Places on it. Lowering them takes nobody off. */
  seats: Type.Integer(),
  /** Who is on it, in the order they came. */
  speakers: list(UserId),
  /** Who asked, the longest waiting first. */
  queue: list(UserId),
  /** Who was invited and has not answered. */
  invited: list(UserId),
})
export type StageView = Static<typeof StageView>
