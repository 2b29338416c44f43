import type { WiderKind } from '../../protocol/sanctions/scope.ts'
import { zoneNumber, type ZonePlan } from '../../protocol/zone/plan.ts'
import { authorityOf, rulesOf } from '../../protocol/zone/spec-rules.ts'
import type { MadeZone } from './state.ts'

/** What gateways and regions go by, as of this state. */
export const planOf = ({ zoneId, zone, book, isFull, planVersion }: MadeZone): ZonePlan => ({
  zoneId,
  number: zoneNumber(zoneId),
  name: zone.spec.name,
  guildId: zone.spec.guild_id,
  version: planVersion,
  rules: rulesOf(zone.spec.rules),
  authority: authorityOf(zone.spec.authority),
  map: zone.map,
  playersMax: zone.spec.players_max,
  isFull,
  isClosed: zone.closedAtMs !== null,
  sanctions: Array.from(book.sanctions.values(), ({ kind, userId, untilMs }) => ({
    // A root takes no other kinds.
    kind: kind as WiderKind,
    userId,
    endsAtMs: untilMs,
  })),
})
