import type { Middleware } from 'koa'
import { requestIdPattern } from '../../../protocol/http/headers.ts'
import type { Random } from '../../../protocol/ports.ts'
import type { RequestState } from '../request.ts'

/** Gives every request an id: the caller's `X-Request-Id` where it is a proper one, else our own. The answer carries it. */
export const requestId =
  (random: Random): Middleware<RequestState> =>
  async (ctx, next) => {
    const given = ctx.get('X-Request-Id')
    ctx.state.requestId = requestIdPattern.test(given) ? given : random.uuid()
    ctx.set('X-Request-Id', ctx.state.requestId)
    await next()
  }
