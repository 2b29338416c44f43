import type { Middleware } from 'koa'
import helmet from 'koa-helmet'

/**
 * Headers for browsers. The page runs its own scripts and styles only, and talks to its own gateway; the socket is on
 * another port, which a policy cannot name without knowing what stands in front of it, hence `ws:` and `wss:`.
 */
export const securityHeaders = (): Middleware =>
  helmet({
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
  })
