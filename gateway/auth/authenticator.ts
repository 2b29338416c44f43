import jwt from 'jsonwebtoken'
import { AppError } from '../../protocol/errors.ts'
import type { Clock } from '../../protocol/ports.ts'
import { decodeClaims, toCaller, type Caller } from './claims.ts'
import type { Algorithm, KeySource } from './keys.ts'
import type { Revocations } from './revocations.ts'
import { objectOf, partsOf } from './token-text.ts'

export interface TokenRules {
  readonly keys: KeySource
  /** The one algorithm of the deployment. What a token's header says is compared with it, never followed. */
  readonly algorithm: Algorithm
  readonly issuer?: string
  readonly audience?: string
  /** By how much clocks may differ, 0-30 s. Default 5. */
  readonly skewS?: number
  /** Tokens that are taken no more before they expire. Default none. */
  readonly revocations?: Pick<Revocations, 'isRevoked'>
}

/** Checks tokens. */
export interface Authenticator {
  /** Throws TOKEN_MISSING, TOKEN_INVALID, TOKEN_EXPIRED or TOKEN_REVOKED; RETRY_LATER while the issuer's keys cannot be had. */
  verify(token: string | undefined): Promise<Caller>
  /** Whether a caller that was verified before is one no more. */
  isRevoked(caller: Caller): boolean
}

/** A token may not be larger. Bytes. */
export const maxTokenBytes = 8 * 1024

/** Header fields that would have us follow the token instead of our configuration. */
const refusedHeaders = ['crit', 'jwk', 'jku', 'x5u', 'x5c', 'zip', 'b64', 'enc', 'cty'] as const

/** What a token may call itself, in small letters: a token for anything else is not one for callers. */
const takenTypes: readonly unknown[] = ['jwt', 'at+jwt', undefined]

export function createAuthenticator(rules: TokenRules, clock: Clock): Authenticator {
  const skewS = rules.skewS ?? 5
  if (!(skewS >= 0 && skewS <= 30)) throw new RangeError('skewS has to be 0 to 30')
  const isRevoked = (caller: Caller) => rules.revocations?.isRevoked(caller) ?? false
  return {
    async verify(token) {
      if (token === undefined || token === '') throw new AppError('TOKEN_MISSING')
      const { kid, payload } = looked(token, rules.algorithm)
      const key = await rules.keys.keyFor(kid)
      verified(() =>
        jwt.verify(token, key, {
          algorithms: [rules.algorithm],
          clockTolerance: skewS,
          clockTimestamp: Math.floor(clock.wallMs() / 1_000),
          ...(rules.issuer === undefined ? {} : { issuer: rules.issuer }),
          ...(rules.audience === undefined ? {} : { audience: rules.audience }),
        }),
      )
      // Read by us, since the library takes what is no UTF-8, and a name that stands twice.
      const caller = callerOf(objectOf(payload))
      if (isRevoked(caller)) throw new AppError('TOKEN_REVOKED')
      return caller
    },
    isRevoked,
  }
}

/** Reads the header before any key is touched, and refuses what does not match the configuration. */
function looked(token: string, algorithm: Algorithm): { readonly kid: string | undefined; readonly payload: string } {
  // Of characters that are base64url and dots, each is a byte.
  const parts = token.length > maxTokenBytes ? null : partsOf(token)
  const header = parts && objectOf(parts[0])
  if (!parts || header?.['alg'] !== algorithm) throw new AppError('TOKEN_INVALID')
  if (refusedHeaders.some((name) => name in header)) throw new AppError('TOKEN_INVALID')
  const { kid, typ } = header
  if (!takenTypes.includes(typeof typ === 'string' ? typ.toLowerCase() : typ)) throw new AppError('TOKEN_INVALID')
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > 256)) throw new AppError('TOKEN_INVALID')
  return { kid, payload: parts[1] }
}

function verified(verify: () => unknown): void {
  try {
    verify()
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
