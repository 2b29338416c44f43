import type { Middleware } from 'koa'
import type { Clock, Logger } from '../../../protocol/ports.ts'
import type { GatewayMetrics } from '../../metrics.ts'
import type { RequestState } from '../request.ts'

/** Measures every request under the pattern of its route, so that labels never hold an id. */
export const timing =
  (metrics: GatewayMetrics, clock: Clock, logger: Logger): Middleware<RequestState> =>
  async (ctx, next) => {
    const startMs = clock.monotonicMs()
    try {
      await next()
    } finally {
      const tookMs = clock.monotonicMs() - startMs
      const route = typeof ctx['_matchedRoute'] === 'string' ? ctx['_matchedRoute'] : 'none'
      metrics.requestServed(ctx.method, route, ctx.status, tookMs)
      logger.debug(
        {
          ...{ request_id: ctx.state.requestId, client: ctx.state.client.address },
          ...{ method: ctx.method, route, status: ctx.status, took_ms: tookMs },
        },
        'http.served',
      )
    }
  }
