import Router from '@koa/router'
import { readClientConfig, readHealth, readReadiness, type ClientConfig } from '../../../protocol/http/operations.ts'
import type { GatewayMetrics } from '../../metrics.ts'
import { bind, type Route } from '../bind.ts'
import type { RequestState } from '../request.ts'

export interface OperationsDeps {
  readonly unreadyReasons: () => readonly string[]
  readonly clientConfig: () => ClientConfig
}

/** What load balancers and pages ask. */
export const operationsRoutes = ({ unreadyReasons, clientConfig }: OperationsDeps): readonly Route[] => [
  bind(readHealth, () => ({ status: 'ok' as const })),
  bind(readReadiness, ({ ctx }) => {
    const reasons = unreadyReasons()
    if (reasons.length > 0) ctx.status = 503
    return { status: reasons.length === 0 ? ('ready' as const) : ('not_ready' as const), reasons }
  }),
  bind(readClientConfig, ({ ctx }) => {
    ctx.set('Cache-Control', 'no-store')
    return clientConfig()
  }),
]

/** Prometheus' page, which is text, at a path that is a setting. */
export const metricsRoute = (path: string, metrics: GatewayMetrics): Router<RequestState> =>
  new Router<RequestState>().get(path, async (ctx) => {
    const { contentType, text } = await metrics.expose()
    ctx.type = contentType
    ctx.body = text
  })
