import jwt from 'jsonwebtoken'
import { AppError } from '../../protocol/errors.ts'
import type { Clock } from '../../protocol/ports.ts'
import { decodeClaims, toCaller, type Caller } from './claims.ts'
import type { Algorithm, KeySource } from './keys.ts'

export interface TokenRules {
  readonly keys: KeySource
  /** The one algorithm of the deployment. What a token's header says is compared with it, never followed. */
  readonly algorithm: Algorithm
  readonly issuer?: string
  readonly audience?: string
  /** By how much clocks may differ, 0-30 s. Default 5. */
  readonly skewS?: number
}

/** Checks tokens. */
export interface Authenticator {
  /** Throws TOKEN_MISSING, TOKEN_INVALID or TOKEN_EXPIRED; RETRY_LATER while the issuer's keys cannot be had. */
  verify(token: string | undefined): Promise<Caller>
}

/** A token may not be larger. Bytes. */
export const maxTokenBytes = 8 * 1024

/** Header fields that would have us follow the token instead of our configuration. */
const refusedHeaders = ['crit', 'jwk', 'jku', 'x5u', 'x5c', 'zip', 'b64'] as const

export function createAuthenticator(rules: TokenRules, clock: Clock): Authenticator {
  const skewS = rules.skewS ?? 5
  if (!(skewS >= 0 && skewS <= 30)) throw new RangeError('skewS has to be 0 to 30')
  return {
    async verify(token) {
      if (token === undefined || token === '') throw new AppError('TOKEN_MISSING')
      const kid = keyIdOf(token, rules.algorithm)
      const key = await rules.keys.keyFor(kid)
      const payload = verified(token, () =>
        jwt.verify(token, key, {
          algorithms: [rules.algorithm],
          clockTolerance: skewS,
          clockTimestamp: Math.floor(clock.wallMs() / 1_000),
          ...(rules.issuer === undefined ? {} : { issuer: rules.issuer }),
          ...(rules.audience === undefined ? {} : { audience: rules.audience }),
        }),
      )
      return callerOf(payload)
    },
  }
}

/** Reads the header before any key is touched, and refuses what does not match the configuration. */
function keyIdOf(token: string, algorithm: Algorithm): string | undefined {
  if (Buffer.byteLength(token) > maxTokenBytes) throw new AppError('TOKEN_INVALID')
  const header = headerOf(token)
  if (header['alg'] !== algorithm) throw new AppError('TOKEN_INVALID')
  if (refusedHeaders.some((name) => name in header)) throw new AppError('TOKEN_INVALID')
  const kid = header['kid']
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > 256)) throw new AppError('TOKEN_INVALID')
  return kid
}

function headerOf(token: string): Record<string, unknown> {
  const parts = token.split('.')
  if (parts.length !== 3) throw new AppError('TOKEN_INVALID')
  let header: unknown
  try {
    header = JSON.parse(Buffer.from(parts[0] ?? '', 'base64url').toString('utf8'))
  } catch {
    throw new AppError('TOKEN_INVALID')
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header)) throw new AppError('TOKEN_INVALID')
  return header as Record<string, unknown>
}

function verified(token: string, verify: () => unknown): unknown {
  try {
    return verify()
  } catch (cause) {
    // The library looks at the signature before the times, so an expired token that says so was signed by the right key.
    const code = cause instanceof jwt.TokenExpiredError ? 'TOKEN_EXPIRED' : 'TOKEN_INVALID'
    throw new AppError(code, undefined, { cause })
  }
}

function callerOf(payload: unknown): Caller {
  try {
    return toCaller(decodeClaims(payload))
  } catch (cause) {
    // Says which claim is wrong: whoever reads it holds a token that our own key signed.
    const details = cause instanceof AppError ? cause.data : undefined
    throw new AppError('TOKEN_INVALID', details, { cause })
  }
}
