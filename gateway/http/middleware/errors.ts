import type { Middleware } from 'koa'
import { AppError, errorBody, errorRow } from '../../../protocol/errors.ts'
import type { Logger } from '../../../protocol/ports.ts'
import type { GatewayMetrics } from '../../metrics.ts'
import type { RequestState } from '../request.ts'

/**
 * The one place where an error becomes an answer: `{"error": {code, message, request_id, details?}}` with the status of the
 * table. What is not an AppError is INTERNAL, and logged.
 */
export const errors =
  (metrics: GatewayMetrics, logger: Logger): Middleware<RequestState> =>
  async (ctx, next) => {
    try {
      await next()
      refuseUnrouted(ctx.status, ctx.body)
    } catch (err) {
      const body = errorBody(err, ctx.state.requestId)
      if (!(err instanceof AppError)) logger.error({ request_id: ctx.state.requestId, err }, 'http.failed')
      metrics.refused(body.code)
      ctx.status = errorRow(body.code).http
      if (ctx.status === 401) ctx.set('WWW-Authenticate', 'Bearer')
      if (ctx.status === 503 || ctx.status === 429) ctx.set('Retry-After', String(retryAfterS(body.details)))
      ctx.body = { error: body }
    }
  }

/** What the router leaves behind: 404 where no route fits, 405 where one does under another method (Allow is set). */
function refuseUnrouted(status: number, body: unknown): void {
  if (body !== undefined && body !== null) return
  if (status === 404) throw new AppError('NOT_FOUND')
  if (status === 405 || status === 501) throw new AppError('METHOD_NOT_ALLOWED')
}

/** Whole seconds, at least one. */
function retryAfterS(details: Record<string, unknown> | undefined): number {
  const afterMs = details?.['retry_after_ms']
  return Math.max(1, Math.ceil((typeof afterMs === 'number' ? afterMs : 0) / 1_000))
}
