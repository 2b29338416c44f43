import type { Middleware } from 'koa'
import helmet from 'koa-helmet'
import type { RequestState } from '../request.ts'

/**
 * Headers for browsers. The page runs its own scripts and styles only, and talks to its own gateway; the socket is on
 * another port, which a policy cannot name without knowing what stands in front of it, hence `ws:` and `wss:`.
 */
const forBrowsers: Middleware = helmet({
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'"],
      imgSrc: ["'self'", 'data:'],
      mediaSrc: ["'self'", 'blob:', 'mediastream:'],
      connectSrc: ["'self'", 'ws:', 'wss:'],
      baseUri: ["'none'"],
      formAction: ["'self'"],
      frameAncestors: ["'none'"],
    },
  },
  referrerPolicy: { policy: 'no-referrer' },
  // Said below, where it is true.
  strictTransportSecurity: false,
})

/** A browser that came by TLS comes by nothing else for so long, s. */
const strictForS = 365 * 86_400

/**
 * Says them with every answer. Nothing is kept by caches but what says so itself: answers are for one caller. That TLS is a
 * must is said over TLS alone, up to us or up to a trusted proxy.
 */
export const securityHeaders = (): Middleware<RequestState> => async (ctx, next) => {
  ctx.set('Cache-Control', 'no-store')
  ctx.set('Permissions-Policy', 'microphone=(self), camera=(), geolocation=(), payment=(), usb=()')
  if (ctx.state.client.isSecure) ctx.set('Strict-Transport-Security', `max-age=${strictForS}`)
  await forBrowsers(ctx, next)
}
