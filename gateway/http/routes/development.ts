import Router from '@koa/router'
import { decoder } from '../../../protocol/codec.ts'
import { AppError } from '../../../protocol/errors.ts'
import { GuestTokenBody } from '../../../protocol/http/development.ts'
import type { Random } from '../../../protocol/ports.ts'
import { signToken, type SigningKey } from '../../auth/index.ts'
import { bodyOf, type RequestContext, type RequestState } from '../request.ts'

export interface DevelopmentDeps {
  readonly signing: SigningKey
  /** Lifetime of a guest's token, seconds. */
  readonly tokenTtlS: number
  readonly random: Random
}

const guest = decoder(GuestTokenBody)

/**
 * Tokens for guests of the demo page. These routes exist in development only, and answer this machine alone: to anyone else
 * there is nothing here.
 */
export function developmentRoutes({ signing, tokenTtlS, random }: DevelopmentDeps): Router<RequestState> {
  return new Router<RequestState>().post('/dev/tokens', async (ctx) => {
    if (!isFromThisMachine(ctx)) throw new AppError('NOT_FOUND')
    const { name } = await bodyOf(ctx, guest)
    const userId = guestId(name, random)
    ctx.status = 201
    ctx.set('Cache-Control', 'no-store')
    ctx.body = {
      token: signToken({ userId, name, ttlS: tokenTtlS }, signing),
      user_id: userId,
      name,
      expires_in: tokenTtlS,
    }
  })
}

/** A readable part of the name, and a random one: two guests of one name are two people. */
const guestId = (name: string, random: Random): string =>
  `guest-${name.replace(/[^A-Za-z0-9]/g, '').slice(0, 16)}-${random.uuid().slice(-8)}`

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
