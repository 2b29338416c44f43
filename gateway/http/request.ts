import type { IncomingMessage } from 'node:http'
import type { ParameterizedContext } from 'koa'
import { parseJsonBytes, type Decoder } from '../../protocol/codec.ts'
import { AppError } from '../../protocol/errors.ts'
import { maxBodyBytes } from '../../protocol/http/headers.ts'
import type { Caller } from '../auth/index.ts'
import type { Client } from '../client-address.ts'
import type { Budget } from '../limits/index.ts'

/** What the middleware in front of a route has found out about a request. */
export interface RequestState {
  requestId: string
  client: Client
  /** The budget that the answer's headers tell of. */
  told?: Budget
  /** Set by `authenticate`. */
  caller?: Caller
}

export type RequestContext = ParameterizedContext<RequestState>

/** Who calls. Only behind `authenticate`. */
export function callerOf(ctx: RequestContext): Caller {
  if (!ctx.state.caller) throw new Error('the route has no authenticate in front of it')
  return ctx.state.caller
}

/** The query as one value a name. Throws VALIDATION_FAILED, also for a name that stands twice. */
export function queryOf<Query>(ctx: RequestContext, decode: Decoder<Query>): Query {
  return decode({ ...ctx.query })
}

/**
 * The JSON body. No body at all reads as `{}`, since every field of some calls is optional. Throws
 * UNSUPPORTED_MEDIA_TYPE, BODY_TOO_LARGE, MALFORMED_JSON or VALIDATION_FAILED.
 */
export async function bodyOf<Body>(ctx: RequestContext, decode: Decoder<Body>): Promise<Body> {
  const { req } = ctx
  const chunked = req.headers['transfer-encoding'] !== undefined
  const length = Number(req.headers['content-length'] ?? 0)
  if (!chunked && length === 0) return decode({})
  const encoding = req.headers['content-encoding'] ?? 'identity'
  if (encoding !== 'identity' || !ctx.is('application/json')) throw new AppError('UNSUPPORTED_MEDIA_TYPE')
  if (length > maxBodyBytes) throw tooLarge(ctx)
  const bytes = await readBytes(req)
  if (bytes === 'too_large') throw tooLarge(ctx)
  return decode(parseJsonBytes(bytes))
}

/** The rest of the body is not read: the connection ends with the answer. */
function tooLarge(ctx: RequestContext): AppError {
  ctx.set('Connection', 'close')
  return new AppError('BODY_TOO_LARGE', { limit_bytes: maxBodyBytes })
}

function readBytes(req: IncomingMessage): Promise<Buffer | 'too_large'> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    let size = 0
    req.on('data', (chunk: Buffer) => {
      size += chunk.length
      if (size <= maxBodyBytes) chunks.push(chunk)
      else {
        req.pause()
        resolve('too_large')
      }
    })
    req.on('end', () => resolve(Buffer.concat(chunks)))
    // The caller went away or took too long: no fault of ours, though hardly anybody hears the answer.
    const cutShort = () => reject(new AppError('MALFORMED_JSON'))
    req.on('error', cutShort)
    req.on('close', cutShort)
  })
}
