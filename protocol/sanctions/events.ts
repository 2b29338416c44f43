import { Type, type Static } from '@sinclair/typebox'
import { UserId } from '../ids.ts'
import { Evidence, LiftCause, LiftClock, Reason } from '../room/values.ts'
import { oneOf } from '../schema.ts'
import { strict, taggedUnion } from '../tagged-union.ts'
import { WiderKind } from './scope.ts'

/*
 * FROZEN: these shapes lie in the journal. Never edit a released one: add a new `v` with an up-converter. Times are in the journal row,
 * the scope is in the actor's key.
 */
const v = Type.Literal(1)

/** How high somebody stood who put a sanction on: whoever stands lower does not undo it. */
export const Rank = oneOf(['moderator', 'owner', 'privileged'])
export type Rank = Static<typeof Rank>

export const WiderApplied = strict({
  type: Type.Literal('sanction.applied'),
  v,
  kind: WiderKind,
  user_id: UserId,
  /** Counts up per (kind, user) in this scope; a lift names the one it means. */
  generation: Type.Integer({ minimum: 1 }),
  /** When it ends, Unix ms; null is permanent. */
  until_ms: Type.Unsafe<number | null>({ type: ['integer', 'null'], minimum: 0 }),
  by: UserId,
  rank: Rank,
  reason: Reason,
  evidence: Type.Optional(Evidence),
})
export const WiderLifted = strict({
  type: Type.Literal('sanction.lifted'),
  v,
  kind: WiderKind,
  user_id: UserId,
  generation: Type.Integer({ minimum: 1 }),
  cause: LiftCause,
  clock: LiftClock,
  /** `system` for the clocks. */
  by: UserId,
  reason: Reason,
  evidence: Type.Optional(Evidence),
})

export const ScopeEvent = taggedUnion('type', [WiderApplied, WiderLifted])
export type ScopeEvent = Static<typeof ScopeEvent>
