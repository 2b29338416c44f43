import Router from '@koa/router'
import { decoder } from '../../../protocol/codec.ts'
import { AppError } from '../../../protocol/errors.ts'
import { MuteBody, ParticipantParams, UnmuteBody } from '../../../protocol/http/moderation.ts'
import type { UserId } from '../../../protocol/ids.ts'
import { principal } from '../../acting-user.ts'
import { commandIdOf } from '../idempotency.ts'
import { presentLift, presentSanction } from '../presenters/room.ts'
import { bodyOf, callerOf, type RequestContext, type RequestState } from '../request.ts'
import type { RouteDeps } from './rooms.ts'

const params = decoder(ParticipantParams)
const mute = decoder(MuteBody)
const unmute = decoder(UnmuteBody)

/** Sanctions of a room. */
export function moderationRoutes({ rooms, random, authenticated }: RouteDeps): Router<RequestState> {
  const lift = async (ctx: RequestContext, target: ParticipantParams, body: UnmuteBody): Promise<void> => {
    const by = principal(callerOf(ctx), body.requester_id)
    const command = {
      type: 'lift',
      by,
      kind: 'mute',
      target_user_id: target.userId,
      reason: body.reason ?? '',
    } as const
    const { value, at } = await rooms.ask(target.roomId, command, { commandId: commandIdOf(ctx, random) })
    ctx.body = presentLift(value, at)
  }
  return new Router<RequestState>({ prefix: '/api/v1/rooms/:roomId/participants/:userId' })
    .post('/mute', authenticated, async (ctx) => {
      const target = params(ctx.params)
      const { mute: wanted = true, ...body } = await bodyOf(ctx, mute)
      assertTarget(target, body.target_user_id)
      if (!wanted) return lift(ctx, target, body)
      const command = {
        type: 'sanction',
        by: principal(callerOf(ctx), body.requester_id),
        kind: 'mute',
        target_user_id: target.userId,
        duration_s: body.duration ?? null,
        reason: body.reason ?? '',
      } as const
      const { value, at } = await rooms.ask(target.roomId, command, { commandId: commandIdOf(ctx, random) })
      ctx.body = presentSanction(value, at)
    })
    .post('/unmute', authenticated, async (ctx) => {
      const target = params(ctx.params)
      const body = await bodyOf(ctx, unmute)
      assertTarget(target, body.target_user_id)
      await lift(ctx, target, body)
    })
}

function assertTarget({ userId }: ParticipantParams, named: UserId | undefined): void {
  if (named === undefined || named === userId) return
  throw new AppError('VALIDATION_FAILED', { field: 'target_user_id', problem: 'differs from the user of the path' })
}
