import { randomUUID } from 'node:crypto'
import jwt from 'jsonwebtoken'
import type { Privilege } from './claims.ts'
import type { Algorithm } from './keys.ts'

/** What a token made here says. */
export interface TokenSpec {
  readonly userId: string
  readonly name?: string
  readonly roles?: readonly Privilege[]
  readonly guilds?: readonly { readonly id: string; readonly role: string }[]
  /** Lifetime in seconds. */
  readonly ttlS: number
}

export interface SigningKey {
  /** The secret for HS256, else a private key as PEM. */
  readonly key: string
  /** Default HS256. */
  readonly algorithm?: Algorithm
  readonly keyId?: string
  readonly issuer?: string
  readonly audience?: string
}

/** Makes a token, for development and tools: in production tokens come from the game's own issuer. */
export function signToken(spec: TokenSpec, signing: SigningKey): string {
  const claims = {
    ...(spec.name === undefined ? {} : { name: spec.name }),
    ...(spec.roles?.length ? { roles: spec.roles } : {}),
    ...(spec.guilds?.length ? { guilds: spec.guilds } : {}),
  }
  return jwt.sign(claims, signing.key, {
    algorithm: signing.algorithm ?? 'HS256',
    subject: spec.userId,
    expiresIn: spec.ttlS,
    jwtid: randomUUID(),
    ...(signing.keyId === undefined ? {} : { keyid: signing.keyId }),
    ...(signing.issuer === undefined ? {} : { issuer: signing.issuer }),
    ...(signing.audience === undefined ? {} : { audience: signing.audience }),
  })
}
