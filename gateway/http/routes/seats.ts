import Router from '@koa/router'
import { decoder } from '../../../protocol/codec.ts'
import { JoinBody, LeaveBody, SignalingBody } from '../../../protocol/http/seats.ts'
import type { SessionId } from '../../../protocol/ids.ts'
import { actingUser, principal } from '../../acting-user.ts'
import type { GatewayMetrics } from '../../metrics.ts'
import { commandIdOf } from '../idempotency.ts'
import { presentJoin } from '../presenters/room.ts'
import { bodyOf, callerOf, type RequestState } from '../request.ts'
import { roomParams, type RouteDeps } from './rooms.ts'

const join = decoder(JoinBody)
const leave = decoder(LeaveBody)
const signaling = decoder(SignalingBody)

/** Seats taken and given up without a socket, and signaling of those who have none. */
export function seatRoutes(deps: RouteDeps & { readonly metrics: GatewayMetrics }): Router<RequestState> {
  const { rooms, passwords, random, authenticated, metrics } = deps
  return new Router<RequestState>({ prefix: '/api/v1/rooms/:roomId' })
    .post('/join', authenticated, async (ctx) => {
      const { roomId } = roomParams(ctx.params)
      const body = await bodyOf(ctx, join)
      const caller = callerOf(ctx)
      const user = actingUser(caller, body.user_id)
      const command = {
        type: 'join',
        by: principal(caller),
        user_id: user,
        username: body.username ?? (user === caller.userId ? caller.name : user),
        session_id: random.uuid() as SessionId,
        password_hash: await passwords.check(roomId, body.password),
      } as const
      const { value, at } = await rooms.ask(roomId, command, { commandId: commandIdOf(ctx, random) })
      ctx.body = presentJoin(value, at)
    })
    .post('/leave', authenticated, async (ctx) => {
      const { roomId } = roomParams(ctx.params)
      const body = await bodyOf(ctx, leave)
      const caller = callerOf(ctx)
      const command = { type: 'leave', by: principal(caller), user_id: actingUser(caller, body.user_id) } as const
      const { value } = await rooms.ask(roomId, command, { commandId: commandIdOf(ctx, random) })
      ctx.body = value
    })
    .post('/signaling', authenticated, async (ctx) => {
      const { roomId } = roomParams(ctx.params)
      const { from_user, ...message } = await bodyOf(ctx, signaling)
      const command = { type: 'signal', ...message, from_user: actingUser(callerOf(ctx), from_user) } as const
      const { value } = await rooms.ask(roomId, command, { commandId: commandIdOf(ctx, random) })
      metrics.signalAccepted()
      ctx.status = 202
      ctx.body = value
    })
}
