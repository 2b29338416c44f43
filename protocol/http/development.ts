import { Type, type Static } from '@sinclair/typebox'
import { UserId } from '../ids.ts'
import { Username } from '../room/values.ts'
import { strict } from '../tagged-union.ts'
import { endpoint } from './endpoint.ts'

/** `POST /dev/tokens`, in development only: a token for a guest of this name. */
export const GuestTokenBody = strict({ name: Username })
export type GuestTokenBody = Static<typeof GuestTokenBody>

export const GuestToken = strict({
  token: Type.String(),
  user_id: UserId,
  name: Username,
  /** Seconds. */
  expires_in: Type.Integer(),
})
export type GuestToken = Static<typeof GuestToken>

/** There in development only, and for callers from the same machine only. */
export const makeGuestToken = endpoint({
  name: 'development.token',
  method: 'POST',
  path: '/dev/tokens',
  summary: 'Make a token for a guest of the demo page',
  auth: 'none',
  limit: 'none',
  body: GuestTokenBody,
  status: 201,
  reply: GuestToken,
  errors: ['NOT_FOUND'],
})

export const developmentEndpoints = [makeGuestToken] as const
