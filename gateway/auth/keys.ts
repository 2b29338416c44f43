import { createPublicKey, createSecretKey, type KeyObject } from 'node:crypto'
import { AppError } from '../../protocol/errors.ts'

/** The algorithms a deployment may choose from; it fixes one. */
export type Algorithm = 'HS256' | 'RS256' | 'ES256'

/** Where the keys are that tokens have to be signed with. */
export interface KeySource {
  /** The key for a token's `kid`. Throws TOKEN_INVALID for an unknown one, RETRY_LATER while none can be had. */
  keyFor(kid: string | undefined): Promise<KeyObject>
}

/** A shared secret, for HS256. A deployment's configuration asks for 32 characters at least. */
export const secretKey = (secret: string): KeySource => {
  const key = createSecretKey(Buffer.from(secret, 'utf8'))
  return { keyFor: () => Promise.resolve(key) }
}

/** A public key or certificate as PEM. Throws when it is none, or not of the algorithm's kind. */
export function publicKey(pem: string, algorithm: Algorithm): KeySource {
  const key = createPublicKey(pem)
  assertFits(key, algorithm)
  return { keyFor: () => Promise.resolve(key) }
}

/** Throws TOKEN_INVALID unless the public key is of the kind that the algorithm takes. */
export function assertFits(key: KeyObject, algorithm: Algorithm): void {
  const fits =
    algorithm === 'RS256'
      ? key.asymmetricKeyType === 'rsa'
      : algorithm === 'ES256' && key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1'
  if (!fits) throw new AppError('TOKEN_INVALID', { problem: 'the key does not fit the algorithm' })
}
