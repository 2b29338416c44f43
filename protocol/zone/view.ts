import { Type, type Static } from '@sinclair/typebox'
import { UserId } from '../ids.ts'
import { GameId, RoomName } from '../room/values.ts'
import { IsoTime, nullable, oneOf } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import { ZoneId } from './plan.ts'
import { ZoneAuthoritySpec, ZoneBounds, ZoneRulesSpec } from './spec.ts'

/** A zone as callers see it. Who is in it, and where, its regions tell. */
export const ZoneView = strict({
  zone_id: ZoneId,
  name: RoomName,
  /** Whose moderators moderate in it; null: services and admins alone. */
  guild_id: nullable(GameId),
  status: oneOf(['open', 'closed']),
  bounds: ZoneBounds,
  players_max: Type.Integer(),
  rules: ZoneRulesSpec,
  authority: ZoneAuthoritySpec,
  /** Into so many regions it is cut. */
  regions: Type.Integer(),
  /** Counts up with every change of the zone that is kept. */
  version: Type.Integer(),
  created_by: UserId,
  created_at: IsoTime,
  closed_at: nullable(IsoTime),
})
export type ZoneView = Static<typeof ZoneView>
