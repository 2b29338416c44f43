import { Type, type Static } from '@sinclair/typebox'
import { Principal, Reason } from '../room/values.ts'
import { Apply, AuthorizeWider, ExpireWider, LiftWider, WakeWider } from '../sanctions/commands.ts'
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

/** As `apply` in a wider scope. */
export const SanctionInZone = strict({ ...Apply.properties, type: Type.Literal('sanction') })

/** Reads the zone. Journals nothing. */
export const ViewZone = strict({ type: Type.Literal('view') })

/**
 * What the root of a zone takes. `lift`, `expire` and `wake` are those of a wider scope; `authorize` asks whether the principal may change the zone, moderate in it, and
 * see what moderators see. `authorize`, `view`, `watch`, `unwatch` and `players` are class B, all others A. */
export const ZoneCommand = taggedUnion('type', [
  CreateZone,
  UpdateZone,
  CloseZone,
  SanctionInZone,
  LiftWider,
  ExpireWider,
  AuthorizeWider,
  ViewZone,
  WakeWider,
  WatchZone,
  UnwatchZone,
  ReportPlayers,
  CutRegion,
  MergeRegion,
])
export type ZoneCommand = Static<typeof ZoneCommand>
