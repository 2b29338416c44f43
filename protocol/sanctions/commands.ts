import { Type, type Static } from '@sinclair/typebox'
import { UserId } from '../ids.ts'
import { DurationS } from '../room/moderation.ts'
import { Evidence, LiftClock, Principal, Reason } from '../room/values.ts'
import { nullable } from '../schema.ts'
import { strict, taggedUnion } from '../tagged-union.ts'
import { WiderKind } from './scope.ts'

/** `duration_s` null is permanent. The same again replaces the running one: it extends, shortens, or makes it permanent. */
export const Apply = strict({
  type: Type.Literal('apply'),
  by: Principal,
  kind: WiderKind,
  target_user_id: UserId,
  duration_s: nullable(DurationS),
  reason: Reason,
  evidence: Type.Optional(Evidence),
})

/** An early lift by a person. */
export const LiftWider = strict({
  type: Type.Literal('lift'),
  by: Principal,
  kind: WiderKind,
  target_user_id: UserId,
  reason: Reason,
  evidence: Type.Optional(Evidence),
})

/** As a room's `expire`: one of the clocks found the deadline of this generation passed. */
export const ExpireWider = strict({
  type: Type.Literal('expire'),
  kind: WiderKind,
  target_user_id: UserId,
  generation: Type.Integer({ minimum: 1 }),
  clock: LiftClock,
})

/** Asks whether the principal may read what stands in the scope and what was done there. */
export const AuthorizeWider = strict({ type: Type.Literal('authorize'), by: Principal })

/** The actor's own alarm. Made by the engine. */
export const WakeWider = strict({ type: Type.Literal('wake') })

/** What the actor of a scope takes. */
export const ScopeCommand = taggedUnion('type', [Apply, LiftWider, ExpireWider, AuthorizeWider, WakeWider])
export type ScopeCommand = Static<typeof ScopeCommand>
