import type { Middleware } from 'koa'
import { AppError } from '../../../protocol/errors.ts'
import type { Authenticator } from '../../auth/index.ts'
import type { RequestState } from '../request.ts'

/** Lets in who brings a good token as `Authorization: Bearer …`. A token in the address is not looked at. */
export const authenticate =
  (auth: Authenticator): Middleware<RequestState> =>
  async (ctx, next) => {
    const header = ctx.get('Authorization')
    if (header === '') throw new AppError('TOKEN_MISSING')
    const [, token] = /^Bearer +([^ ]+) *$/i.exec(header) ?? []
    if (token === undefined) throw new AppError('TOKEN_INVALID')
    ctx.state.caller = await auth.verify(token)
    await next()
  }
