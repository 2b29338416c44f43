import { isoTime, isoTimeOrNull } from '../../protocol/iso-time.ts'
import { regionsOf } from '../../protocol/zone/region-map.ts'
import type { ZoneView } from '../../protocol/zone/view.ts'
import type { MadeZone } from './state.ts'

/** The zone as callers see it. */
export const viewOf = ({ zoneId, zone }: MadeZone): ZoneView => ({
  zone_id: zoneId,
  name: zone.spec.name,
  guild_id: zone.spec.guild_id,
  status: zone.closedAtMs === null ? 'open' : 'closed',
  bounds: zone.spec.bounds,
  players_max: zone.spec.players_max,
  rules: zone.spec.rules,
  authority: zone.spec.authority,
  regions: regionsOf(zone.map).length,
  version: zone.version,
  created_by: zone.createdBy,
  created_at: isoTime(zone.createdAtMs),
  closed_at: isoTimeOrNull(zone.closedAtMs),
})
