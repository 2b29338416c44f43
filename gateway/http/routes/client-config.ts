import Router from '@koa/router'
import type { RequestState } from '../request.ts'

/** What the page has to know before it has a token. */
export interface ClientConfig {
  readonly ws_port: number
  readonly ws_path: string
  /** Whether `POST /dev/tokens` is there. */
  readonly development: boolean
}

export const clientConfigRoutes = (config: () => ClientConfig): Router<RequestState> =>
  new Router<RequestState>().get('/config', (ctx) => {
    ctx.set('Cache-Control', 'no-store')
    ctx.body = config()
  })
