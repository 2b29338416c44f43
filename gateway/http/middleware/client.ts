import type { Middleware } from 'koa'
import type { ClientReader } from '../../client-address.ts'
import type { RequestState } from '../request.ts'

/** Finds out who calls, behind the proxies that are trusted. Koa's own `ctx.ip` and `ctx.secure` know nothing of those. */
export const client =
  (clientOf: ClientReader): Middleware<RequestState> =>
  async (ctx, next) => {
    ctx.state.client = clientOf({
      peer: ctx.req.socket.remoteAddress ?? '',
      isTls: 'encrypted' in ctx.req.socket,
      forwardedFor: ctx.get('X-Forwarded-For'),
      forwardedProto: ctx.get('X-Forwarded-Proto'),
      forwarded: ctx.get('Forwarded'),
    })
    await next()
  }
