import type { Middleware } from 'koa'

const allowedHeaders = 'authorization, content-type, idempotency-key, x-request-id'
const exposedHeaders = 'x-request-id, retry-after, location, ratelimit-limit, ratelimit-remaining, ratelimit-reset'

/**
 * Lets pages of the named origins call the REST interface; `*` stands for any. Without a list only our own page may.
 * Credentials are never allowed: callers bring a bearer token, not a cookie.
 */
export function cors(origins: readonly string[]): Middleware {
  const any = origins.includes('*')
  return async (ctx, next) => {
    ctx.vary('Origin')
    const origin = ctx.get('Origin')
    const allowed = origin !== '' && (any || origins.includes(origin))
    if (allowed) {
      ctx.set('Access-Control-Allow-Origin', any ? '*' : origin)
      ctx.set('Access-Control-Expose-Headers', exposedHeaders)
    }
    if (ctx.method !== 'OPTIONS' || ctx.get('Access-Control-Request-Method') === '') {
      await next()
      return
    }
    if (allowed) {
      ctx.set('Access-Control-Allow-Methods', 'GET, HEAD, POST, PUT, PATCH, DELETE')
      ctx.set('Access-Control-Allow-Headers', allowedHeaders)
      ctx.set('Access-Control-Max-Age', '600')
    }
    ctx.status = 204
  }
}
