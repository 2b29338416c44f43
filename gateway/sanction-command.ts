import type { LiftSanctionBody } from '../protocol/http/sanctions.ts'
import type { UserId } from '../protocol/ids.ts'
import type { WiderKind } from '../protocol/sanctions/scope.ts'
import { principal } from './acting-user.ts'
import type { Caller } from './auth/index.ts'

/** What a command says of a sanction beyond one room: who changes it, on whom it is, and why. Throws as `principal`. */
export const aboutSanction = (caller: Caller, userId: UserId, kind: WiderKind, body: LiftSanctionBody) => ({
  by: principal(caller, body.requester_id),
  kind,
  target_user_id: userId,
  reason: body.reason ?? '',
  ...(body.evidence === undefined ? {} : { evidence: body.evidence }),
})
