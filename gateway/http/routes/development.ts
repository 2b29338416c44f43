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

/** The connection itself comes from here, nobody forwarded it, and the page was not called by a foreign name. */
function isFromThisMachine(ctx: RequestContext): boolean {
  const address = ctx.req.socket.remoteAddress ?? ''
  const loopback = /^(::ffff:)?127\.|^::1$/.test(address)
  const forwarded = ctx.get('X-Forwarded-For') !== '' || ctx.get('Forwarded') !== ''
  // A page elsewhere whose name was made to resolve to this machine would come with its own host name.
  const ownName = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\])(:\d+)?$/i.test(ctx.get('Host'))
  return loopback && !forwarded && ownName
}
