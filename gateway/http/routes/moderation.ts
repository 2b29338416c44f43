import { AppError } from '../../../protocol/errors.ts'
import { muteParticipant, unmuteParticipant, type ParticipantParams } from '../../../protocol/http/moderation.ts'
import type { UserId } from '../../../protocol/ids.ts'
import { principal } from '../../acting-user.ts'
import { bind, type Call, type Route } from '../bind.ts'
import { commandIdOf } from '../idempotency.ts'
import { presentLift, presentSanction } from '../presenters/room.ts'
import type { RouteDeps } from './rooms.ts'

/** Sanctions of a room. */
export function moderationRoutes({ rooms, random }: RouteDeps): readonly Route[] {
  const lift = async ({ ctx, caller, params, body }: Call<typeof unmuteParticipant>) => {
    const command = {
      type: 'lift',
      by: principal(caller, body.requester_id),
      kind: 'mute',
      target_user_id: params.userId,
      reason: body.reason ?? '',
    } as const
    const { value, at } = await rooms.ask(params.roomId, command, { commandId: commandIdOf(ctx, random) })
    return presentLift(value, at)
  }
  return [
    bind(muteParticipant, async (call) => {
      const { ctx, caller, params, body } = call
      assertTarget(params, body.target_user_id)
      if (body.mute === false) return lift(call)
      const command = {
        type: 'sanction',
        by: principal(caller, body.requester_id),
        kind: 'mute',
        target_user_id: params.userId,
        duration_s: body.duration ?? null,
        reason: body.reason ?? '',
      } as const
      const { value, at } = await rooms.ask(params.roomId, command, { commandId: commandIdOf(ctx, random) })
      return presentSanction(value, at)
    }),
    bind(unmuteParticipant, (call) => {
      assertTarget(call.params, call.body.target_user_id)
      return lift(call)
    }),
  ]
}

function assertTarget({ userId }: ParticipantParams, named: UserId | undefined): void {
  if (named === undefined || named === userId) return
  throw new AppError('VALIDATION_FAILED', { field: 'target_user_id', problem: 'differs from the user of the path' })
}
