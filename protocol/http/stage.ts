import { Type, type Static } from '@sinclair/typebox'
import type { ErrorCode } from '../errors.ts'
import { UserId } from '../ids.ts'
import { StageReply, VoiceReply } from '../room/stage.ts'
import { strict } from '../tagged-union.ts'
import { endpoint } from './endpoint.ts'
import { ParticipantParams } from './moderation.ts'
import { positionFields, RoomParams } from './rooms.ts'

/*
 * The stage of a room, and voices in a moderated one. What one does with one's own place is `/stage/…`; what a moderator does with
 * somebody else's is `/participants/{userId}/…`.
 */

/** The acting user is the caller where the body names none. */
export const StageBody = strict({ user_id: Type.Optional(UserId) })
export type StageBody = Static<typeof StageBody>

export const StageOfOtherBody = strict({
  requester_id: Type.Optional(UserId),
  /** Where it stands, it has to be the user of the path. */
  target_user_id: Type.Optional(UserId),
})
export type StageOfOtherBody = Static<typeof StageOfOtherBody>

/** Where that participant is now. */
export const StageReplyBody = strict({ ...StageReply.properties, ...positionFields })
export type StageReplyBody = Static<typeof StageReplyBody>

export const VoiceReplyBody = strict({ ...VoiceReply.properties, ...positionFields })
export type VoiceReplyBody = Static<typeof VoiceReplyBody>

const roomErrors = ['ROOM_NOT_FOUND', 'ROOM_CLOSED', 'ACTING_USER_MISMATCH', 'PARTICIPANT_NOT_FOUND'] as const

const own = (step: string, summary: string, errors: readonly ErrorCode[]) =>
  endpoint({
    name: `stage.${step}`,
    method: 'POST',
    path: `/api/v1/rooms/{roomId}/stage/${step}`,
    summary,
    auth: 'token',
    limit: 'rest',
    params: RoomParams,
    body: StageBody,
    status: 200,
    reply: StageReplyBody,
    errors: [...roomErrors, 'NO_STAGE', ...errors],
  })

export const requestToSpeak = own('request', 'Ask for a place on stage', ['FORBIDDEN', 'QUEUE_FULL', 'STAGE_FULL'])
export const withdrawRequest = own('withdraw', 'Leave the queue for the stage', ['NOT_IN_QUEUE'])
export const acceptStageInvite = own('accept', 'Go on stage on invitation', ['NOT_INVITED', 'STAGE_FULL'])
export const declineStageInvite = own('decline', 'Decline an invitation on stage', ['NOT_INVITED'])
export const leaveStage = own('leave', 'Leave the stage', ['NOT_ON_STAGE'])

const ofOther = (step: string, summary: string, errors: readonly ErrorCode[]) =>
  endpoint({
    name: `stage.${step}`,
    method: 'POST',
    path: `/api/v1/rooms/{roomId}/participants/{userId}/stage/${step}`,
    summary,
    auth: 'token',
    limit: 'rest',
    params: ParticipantParams,
    body: StageOfOtherBody,
    status: 200,
    reply: StageReplyBody,
    errors: [...roomErrors, 'FORBIDDEN', 'NO_STAGE', ...errors],
  })

export const inviteToStage = ofOther('invite', 'Bring a participant on stage, or invite them', [
  'STAGE_FULL',
  'QUEUE_FULL',
])
export const removeFromStage = ofOther('remove', 'Take a participant off the stage or out of its queue', [
  'NOT_ON_STAGE',
])

const voice = (step: 'grant' | 'revoke', summary: string) =>
  endpoint({
    name: `voice.${step}`,
    method: 'POST',
    path: `/api/v1/rooms/{roomId}/participants/{userId}/voice/${step}`,
    summary,
    auth: 'token',
    limit: 'rest',
    params: ParticipantParams,
    body: StageOfOtherBody,
    status: 200,
    reply: VoiceReplyBody,
    errors: [...roomErrors, 'FORBIDDEN'],
  })

export const grantVoice = voice('grant', 'Let a participant be heard in a moderated room')
export const revokeVoice = voice('revoke', 'Take a voice back in a moderated room')

export const stageEndpoints = [
  requestToSpeak,
  withdrawRequest,
  acceptStageInvite,
  declineStageInvite,
  leaveStage,
  inviteToStage,
  removeFromStage,
  grantVoice,
  revokeVoice,
] as const
