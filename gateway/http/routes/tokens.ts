import type { NewRevocation, RevokedTokens } from '../../../persistence/revoked-tokens/port.ts'
import { AppError } from '../../../protocol/errors.ts'
import { revokedDays, revokeTokens } from '../../../protocol/http/tokens.ts'
import type { UserId } from '../../../protocol/ids.ts'
import { isoTime } from '../../../protocol/iso-time.ts'
import type { Clock } from '../../../protocol/ports.ts'
import type { Caller, Revocations } from '../../auth/index.ts'
import { bind, type Route } from '../bind.ts'
import { readable } from '../../readable.ts'

export interface TokenDeps {
  readonly revoked: RevokedTokens
  readonly revocations: Pick<Revocations, 'note'>
  readonly clock: Clock
}

interface Wish {
  readonly token_id?: string
  readonly user_id?: UserId
  readonly until?: string
}

const dayMs = 86_400_000

/** Logging out, here and everywhere, and taking away what was stolen. Holds at this gateway when it is answered. */
export const tokenRoutes = ({ revoked, revocations, clock }: TokenDeps): readonly Route[] => [
  bind(revokeTokens, async ({ caller, body }) => {
    const nowMs = clock.wallMs()
    const untilMs = untilOf(body, caller, nowMs)
    const revocation: NewRevocation = {
      ...target(caller, body),
      ...{ issuedBeforeMs: nowMs, untilMs, by: caller.userId, atMs: nowMs },
    }
    await readable(() => revoked.revoke(revocation))
    revocations.note(revocation)
    return { revoked: revocation.kind, until: isoTime(untilMs) }
  }),
]

/** Users revoke what is their own, services and admins anybody's. Throws FORBIDDEN, and VALIDATION_FAILED for a token without an id. */
function target({ jti, userId, privileges }: Caller, wish: Wish): Pick<NewRevocation, 'kind' | 'value'> {
  if (wish.token_id !== undefined && wish.user_id !== undefined) {
    throw new AppError('VALIDATION_FAILED', { field: 'user_id', problem: 'a token or a user, not both' })
  }
  const isOwn = wish.user_id === undefined ? (wish.token_id ?? jti) === jti : wish.user_id === userId
  if (!isOwn && privileges.length === 0) throw new AppError('FORBIDDEN')
  if (wish.user_id !== undefined) return { kind: 'user', value: wish.user_id }
  const value = wish.token_id ?? jti
  if (value === null) {
    throw new AppError('VALIDATION_FAILED', { field: 'token_id', problem: 'this token has no jti: revoke by user_id' })
  }
  return { kind: 'token', value }
}

function untilOf({ token_id: token, user_id: user, until }: Wish, caller: Caller, nowMs: number): number {
  if (until === undefined) {
    const isThisToken = token === undefined && user === undefined
    return isThisToken ? caller.expiresAtMs + dayMs : nowMs + revokedDays.unsaid * dayMs
  }
  const untilMs = Date.parse(until)
  if (untilMs > nowMs && untilMs <= nowMs + revokedDays.most * dayMs) return untilMs
  throw new AppError('VALIDATION_FAILED', {
    field: 'until',
    problem: `has to be within ${revokedDays.most} days from now`,
  })
}
