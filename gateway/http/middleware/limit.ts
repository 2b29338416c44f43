import { Type } from '@sinclair/typebox'
import type { Middleware } from 'koa'
import { decoder } from '../../../protocol/codec.ts'
import type { AnyEndpoint } from '../../../protocol/http/endpoint.ts'
import { RoomId } from '../../../protocol/ids.ts'
import { networkOf } from '../../client-address.ts'
import { isPerRoom, limitsOf, limitsOfEndpoint, type Budget, type Limits, type Verdict } from '../../limits/index.ts'
import { callerOf, type RequestContext, type RequestState } from '../request.ts'

const roomOf = decoder(Type.Object({ roomId: RoomId }))

/** What tells whether this process lives is never refused: who asks would end it. */
const unlimited: ReadonlySet<string> = new Set(['/health', '/health/ready'])

/** Uses the budget of the caller's address, before anything else is done for it. Throws RATE_LIMITED. */
export const limitAddress =
  (limits: Limits): Middleware<RequestState> =>
  async (ctx, next) => {
    if (!unlimited.has(ctx.path)) {
      const network = networkOf(ctx.state.client.address)
      charge(ctx, await limits.take('address', { network }))
    }
    await next()
  }

/**
 * What stands in front of an endpoint: uses its budgets, of the caller and of the room it names. Only behind `authenticate`.
 * Throws RATE_LIMITED, and RETRY_LATER for what is closed while Redis is away.
 */
export const limitCaller =
  (limits: Limits) =>
  (endpoint: AnyEndpoint): readonly Middleware<RequestState>[] => {
    const names = limitsOfEndpoint(endpoint)
    if (endpoint.auth === 'none' || names.length === 0) return []
    return [
      async (ctx, next) => {
        const caller = callerOf(ctx)
        // Together: one after the other each would wait for Redis. So a call that one limit refuses has used the others too.
        const verdicts = limitsOf(caller, names).map((name) => {
          const room = isPerRoom(name) ? { room: roomOf(ctx['params']).roomId } : {}
          return limits.take(name, { user: caller.userId, ...room })
        })
        for (const verdict of await Promise.all(verdicts)) charge(ctx, verdict)
        await next()
      },
    ]
  }

function charge(ctx: RequestContext, { error, budget }: Verdict): void {
  if (budget) tell(ctx, budget)
  if (error) throw error
}

/** Of several budgets the one is told of which least is left. */
function tell(ctx: RequestContext, budget: Budget): void {
  const { told } = ctx.state
  if (told && told.remaining < budget.remaining) return
  ctx.state.told = budget
  ctx.set('RateLimit-Limit', String(budget.points))
  ctx.set('RateLimit-Remaining', String(budget.remaining))
  ctx.set('RateLimit-Reset', String(Math.ceil(budget.resetMs / 1_000)))
}
