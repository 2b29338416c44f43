import type { UserId } from '../../protocol/ids.ts'

/** Which tokens are taken no more. Times are Unix ms. */
export interface NewRevocation {
  /** `token`: the one with that `jti`. `user`: all of that user. */
  readonly kind: 'token' | 'user'
  readonly value: string
  /** Of a user, tokens issued before that are taken no more. A token goes whenever it was issued. */
  readonly issuedBeforeMs: number
  /** No token it speaks of lives longer. */
  readonly untilMs: number
  readonly by: UserId
  readonly atMs: number
}

export interface Revocation extends Pick<NewRevocation, 'kind' | 'value' | 'issuedBeforeMs' | 'untilMs'> {
  /** Rises in the order in which revocations can be read: who knows this one has seen every lower one. */
  readonly no: number
}

/** Tokens that are taken no more. */
export interface RevokedTokens {
  /** Resolves when it cannot be lost. */
  revoke(revocation: NewRevocation): Promise<Revocation>
  /** Those above that number which are not over by then, in order, `limit` at the most. */
  above(no: number, nowMs: number, limit: number): Promise<readonly Revocation[]>
}
