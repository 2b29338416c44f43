import {
  acceptStageInvite,
  declineStageInvite,
  grantVoice,
  inviteToStage,
  leaveStage,
  removeFromStage,
  requestToSpeak,
  revokeVoice,
  withdrawRequest,
} from '../../../protocol/http/stage.ts'
import { principal } from '../../acting-user.ts'
import { bind, type Call, type Route } from '../bind.ts'
import { commandIdOf } from '../idempotency.ts'
import { assertTarget } from './moderation.ts'
import type { RouteDeps } from './rooms.ts'

/** Places on stage, and voices in a moderated room. */
export function stageRoutes({ rooms, random }: RouteDeps): readonly Route[] {
  const own =
    (type: 'request_to_speak' | 'withdraw_request' | 'accept_stage_invite' | 'decline_stage_invite' | 'leave_stage') =>
    async ({ ctx, caller, params, body }: Call<typeof requestToSpeak>) => {
      const command = { type, by: principal(caller, body.user_id) }
      const { value, at } = await rooms.ask(params.roomId, command, { commandId: commandIdOf(ctx, random) })
      return { ...value, ...at }
    }
  const stageOfOther =
    (type: 'invite_to_stage' | 'remove_from_stage') =>
    async ({ ctx, caller, params, body }: Call<typeof inviteToStage>) => {
      assertTarget(params, body.target_user_id)
      const command = { type, by: principal(caller, body.requester_id), target_user_id: params.userId }
      const { value, at } = await rooms.ask(params.roomId, command, { commandId: commandIdOf(ctx, random) })
      return { ...value, ...at }
    }
  const voice =
    (type: 'grant_voice' | 'revoke_voice') =>
    async ({ ctx, caller, params, body }: Call<typeof grantVoice>) => {
      assertTarget(params, body.target_user_id)
      const command = { type, by: principal(caller, body.requester_id), target_user_id: params.userId }
      const { value, at } = await rooms.ask(params.roomId, command, { commandId: commandIdOf(ctx, random) })
      return { ...value, ...at }
    }
  return [
    bind(requestToSpeak, own('request_to_speak')),
    bind(withdrawRequest, own('withdraw_request')),
    bind(acceptStageInvite, own('accept_stage_invite')),
    bind(declineStageInvite, own('decline_stage_invite')),
    bind(leaveStage, own('leave_stage')),
    bind(inviteToStage, stageOfOther('invite_to_stage')),
    bind(removeFromStage, stageOfOther('remove_from_stage')),
    bind(grantVoice, voice('grant_voice')),
    bind(revokeVoice, voice('revoke_voice')),
  ]
}
