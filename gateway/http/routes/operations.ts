import Router from '@koa/router'
import type { GatewayMetrics } from '../../metrics.ts'
import type { RequestState } from '../request.ts'

export interface OperationsDeps {
  readonly metrics: GatewayMetrics
  /** Null: there is no such route. */
  readonly metricsPath: string | null
  /** Why this gateway should get no traffic right now; empty when it may. */
  readonly unreadyReasons: () => readonly string[]
}

/** What machines ask. */
export function operationsRoutes({ metrics, metricsPath, unreadyReasons }: OperationsDeps): Router<RequestState> {
  const router = new Router<RequestState>()
    .get('/health', (ctx) => {
      ctx.body = { status: 'ok' }
    })
    .get('/health/ready', (ctx) => {
      const reasons = unreadyReasons()
      ctx.status = reasons.length === 0 ? 200 : 503
      ctx.body = { status: reasons.length === 0 ? 'ready' : 'not_ready', reasons }
    })
  if (metricsPath === null) return router
  return router.get(metricsPath, async (ctx) => {
    const { contentType, text } = await metrics.expose()
    ctx.type = contentType
    ctx.body = text
  })
}
