import { Type, type Static } from '@sinclair/typebox'
import { UserId } from '../ids.ts'
import { DurationS } from '../room/moderation.ts'
import { Evidence, LiftClock, Principal, Reason } from '../room/values.ts'
import { WiderKind } from '../sanctions/scope.ts'
import { nullable } from '../schema.ts'
import { strict, taggedUnion } from '../tagged-union.ts'
import { CutRegion, MergeRegion, ReportPlayers, UnwatchZone, WatchZone } from './root-link.ts'
import { ZoneChanges, ZoneSpec } from './spec.ts'

/** Makes the zone whose key it is sent to. Refused with ZONE_EXISTS where it was made before. */
export const CreateZone = strict({ type: Type.Literal('create'), by: Principal, spec: ZoneSpec })

/**
 * Other bounds move the outer edges of the regions that lie there; the cuts stay where they are. Refused with VALIDATION_FAILED where that
 * would leave a region with a side below the least.
 */
export const UpdateZone = strict({ type: Type.Literal('update'), by: Principal, changes: ZoneChanges })

/** Nobody enters any more, and whoever is in the zone is taken out. For good. */
export const CloseZone = strict({ type: Type.Literal('close'), by: Principal, reason: Reason })

/** `duration_s` null is permanent. The same again replaces the running one: it extends, shortens, or makes it permanent. */
export const SanctionInZone = strict({
  type: Type.Literal('sanction'),
  by: Principal,
  kind: WiderKind,
  target_user_id: UserId,
  duration_s: nullable(DurationS),
  reason: Reason,
  evidence: Type.Optional(Evidence),
})

/** An early lift by a person. */
export const LiftInZone = strict({
  type: Type.Literal('lift'),
  by: Principal,
  kind: WiderKind,
  target_user_id: UserId,
  reason: Reason,
  evidence: Type.Optional(Evidence),
})

/** As a room's `expire`: one of the clocks found the deadline of this generation passed. */
export const ExpireInZone = strict({
  type: Type.Literal('expire'),
  kind: WiderKind,
  target_user_id: UserId,
  generation: Type.Integer({ minimum: 1 }),
  clock: LiftClock,
})

/** Asks whether the principal may change the zone, moderate in it, and see what moderators see. */
export const AuthorizeInZone = strict({ type: Type.Literal('authorize'), by: Principal })

/** Reads the zone. Journals nothing. */
export const ViewZone = strict({ type: Type.Literal('view') })

/** The actor's own alarm. Made by the engine. */
export const WakeZone = strict({ type: Type.Literal('wake') })

/** What the root of a zone takes. `authorize`, `view`, `watch`, `unwatch` and `players` are class B, all others A. */
export const ZoneCommand = taggedUnion('type', [
  CreateZone,
  UpdateZone,
  CloseZone,
  SanctionInZone,
  LiftInZone,
  ExpireInZone,
  AuthorizeInZone,
  ViewZone,
  WakeZone,
  WatchZone,
  UnwatchZone,
  ReportPlayers,
  CutRegion,
  MergeRegion,
])
export type ZoneCommand = Static<typeof ZoneCommand>
