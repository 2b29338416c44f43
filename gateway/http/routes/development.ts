import type { Middleware } from 'koa'
import { AppError } from '../../../protocol/errors.ts'
import { makeGuestToken } from '../../../protocol/http/development.ts'
import type { UserId } from '../../../protocol/ids.ts'
import type { Random } from '../../../protocol/ports.ts'
import { signToken, type SigningKey } from '../../auth/index.ts'
import { bind, type Route } from '../bind.ts'
import type { RequestContext, RequestState } from '../request.ts'

export interface DevelopmentDeps {
  readonly signing: SigningKey
  /** Lifetime of a guest's token, seconds. */
  readonly tokenTtlS: number
  readonly random: Random
}

/**
 * Tokens for guests of the demo page. These routes exist in development only, and answer this machine alone: to anyone else
 * there is nothing here.
 */
export const developmentRoutes = ({ signing, tokenTtlS, random }: DevelopmentDeps): readonly Route[] => [
  bind(makeGuestToken, ({ ctx, body: { name } }) => {
    const userId = guestId(name, random)
    ctx.set('Cache-Control', 'no-store')
    return {
      token: signToken({ userId, name, ttlS: tokenTtlS }, signing),
      user_id: userId,
      name,
      expires_in: tokenTtlS,
    }
  }),
]

/** In front of the development routes. */
export const fromThisMachine: Middleware<RequestState> = async (ctx, next) => {
  if (!isFromThisMachine(ctx)) throw new AppError('NOT_FOUND')
  await next()
}

/** A readable part of the name, and a random one: two guests of one name are two people. */
const guestId = (name: string, random: Random): UserId =>
  `guest-${name.replace(/[^A-Za-z0-9]/g, '').slice(0, 16)}-${random.uuid().slice(-8)}` as UserId

/**
 * The connection itself comes from here, nobody forwarded it, and neither the address that was called nor the page that
 * calls has a foreign name.
 */
function isFromThisMachine(ctx: RequestContext): boolean {
  const address = ctx.req.socket.remoteAddress ?? ''
  const loopback = /^(::ffff:)?127\.|^::1$/.test(address)
  const forwarded = forwardingHeaders.some((name) => ctx.get(name) !== '')
  // A page elsewhere whose name was made to resolve to this machine would come with its own host name; one behind a proxy
  // that says nothing of itself, or let in by `CORS_ORIGINS`, with its own origin.
  const origin = ctx.get('Origin')
  return loopback && !forwarded && isOwnName(ctx.get('Host')) && (origin === '' || isOwnName(origin.split('://')[1]))
}

const forwardingHeaders = ['X-Forwarded-For', 'X-Forwarded-Host', 'X-Real-IP', 'Forwarded', 'Via']

const isOwnName = (host = ''): boolean => /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i.test(host)
