import type { Static } from '@sinclair/typebox'
import { Username } from '../room/values.ts'
import { strict } from '../tagged-union.ts'

/** `POST /dev/tokens`, in development only: a token for a guest of this name. */
export const GuestTokenBody = strict({ name: Username })
export type GuestTokenBody = Static<typeof GuestTokenBody>
