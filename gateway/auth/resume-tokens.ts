import { createHmac, createSecretKey } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { decoder } from '../../protocol/codec.ts'
import { ConnectionId, type UserId } from '../../protocol/ids.ts'
import type { Clock } from '../../protocol/ports.ts'

/** How long a connection may be resumed after its token was given out, s. */
export const resumeTtlS = 24 * 3_600

/** Tells tokens of this kind from every other that a secret may sign. */
const audience = 'voice-rooms/resume'

const decodeConnection = decoder(ConnectionId)

/** Names of connections, signed, so that whoever had one may take it up again on any gateway. */
export interface ResumeTokens {
  issue(connection: ConnectionId, user: UserId): string
  /** The connection; null for a token that is not ours, of another user, or too old. */
  read(token: string, user: UserId): ConnectionId | null
}

/**
 * Tokens that every gateway with the same secret reads. They let nobody in: a caller shows who they are besides, and a token
 * counts for its own user alone.
 */
export function createResumeTokens(secret: string, clock: Clock): ResumeTokens {
  // A key of its own, so that nothing else signed with the secret can be passed off as one. The library takes bytes for a private
  // key first, and finding that they are none costs more than the signature.
  const key = createSecretKey(createHmac('sha256', secret).update(audience).digest())
  const nowS = () => Math.floor(clock.wallMs() / 1_000)
  return {
    issue: (connection, user) =>
      jwt.sign({ iat: nowS(), exp: nowS() + resumeTtlS }, key, {
        algorithm: 'HS256',
        audience,
        subject: user,
        jwtid: connection,
      }),
    read: (token, user) => {
      try {
        const claims = jwt.verify(token, key, {
          algorithms: ['HS256'],
          audience,
          subject: user,
          clockTimestamp: nowS(),
        })
        return decodeConnection((claims as jwt.JwtPayload).jti)
      } catch {
        return null
      }
    },
  }
}
