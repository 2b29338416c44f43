import { Type } from '@sinclair/typebox'
import { UserId } from '../ids.ts'
import { IsoTime, oneOf } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import { endpoint } from './endpoint.ts'

/** For so long a revocation stands where nobody says for how long, days; and for so long at the most. */
export const revokedDays = { unsaid: 30, most: 366 } as const

const RevokeBody = strict({
  /** The `jti` of one token. */
  token_id: Type.Optional(Type.String({ minLength: 1, maxLength: 128 })),
  /** All that this user was given until now. */
  user_id: Type.Optional(UserId),
  /** When the last of these tokens expires. */
  until: Type.Optional(Type.String({ format: 'date-time', maxLength: 40 })),
})

export const revokeTokens = endpoint({
  name: 'tokens.revoke',
  method: 'POST',
  path: '/api/v1/tokens/revoke',
  summary:
    'Revokes tokens before they expire, and closes the sockets they opened; without a body that of the call itself',
  auth: 'token',
  limit: 'rest',
  body: RevokeBody,
  status: 200,
  reply: strict({ revoked: oneOf(['token', 'user']), until: IsoTime }),
  errors: ['FORBIDDEN'],
  example: { body: { user_id: 'player-7' as UserId }, reply: { revoked: 'user', until: '2026-12-31T00:00:00.000Z' } },
})

export const tokenEndpoints = [revokeTokens] as const
