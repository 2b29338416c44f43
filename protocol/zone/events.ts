import { Type, type Static } from '@sinclair/typebox'
import { UserId } from '../ids.ts'
import { Reason } from '../room/values.ts'
import { WiderApplied, WiderLifted } from '../sanctions/events.ts'
import { oneOf } from '../schema.ts'
import { strict, taggedUnion } from '../tagged-union.ts'
import { ZoneChanges, ZoneSpec } from './spec.ts'

/*
 * FROZEN: these shapes lie in the journal. Never edit a released one: add a new `v` with an up-converter. Times are in the journal row,
 * the zone is in the actor's key. Ids of regions follow from the map: the next ones of it, the lower half of a cut first.
 */
const v = Type.Literal(1)

export const ZoneCreated = strict({ type: Type.Literal('zone.created'), v, by: UserId, spec: ZoneSpec })
export const ZoneUpdated = strict({ type: Type.Literal('zone.updated'), v, by: UserId, changes: ZoneChanges })
export const ZoneClosed = strict({ type: Type.Literal('zone.closed'), v, by: UserId, reason: Reason })
export const RegionCut = strict({
  type: Type.Literal('region.cut'),
  v,
  region: Type.Integer({ minimum: 1 }),
  axis: oneOf(['x', 'y', 'lot']),
  /** Metres from the corner of the zone. */
  at: Type.Integer({ minimum: 0 }),
})
/** Of that region and its sibling. */
export const RegionMerged = strict({ type: Type.Literal('region.merged'), v, region: Type.Integer({ minimum: 1 }) })

/** Sanctions of a zone have the events of a wider scope. */
export const ZoneEvent = taggedUnion('type', [
  ZoneCreated,
  ZoneUpdated,
  ZoneClosed,
  RegionCut,
  RegionMerged,
  WiderApplied,
  WiderLifted,
])
export type ZoneEvent = Static<typeof ZoneEvent>
