import type { UserId } from '../../protocol/ids.ts'
import type { Principal } from '../../protocol/room/values.ts'
import type { Rank } from '../../protocol/sanctions/events.ts'
import { globalScope, type WiderKind } from '../../protocol/sanctions/scope.ts'
import { sanctionKey } from '../sanction-book.ts'
import { mayChange, rankIn } from '../sanctions/policy.ts'
import type { MadeZone } from './state.ts'

/**
 * How high the principal stands in zones of that guild; null for whoever has no say. Those who lead the guild by their token do, and services
 * and admins everywhere; in a zone of no guild they alone.
 */
export const rankInZone = (guildId: string | null, by: Principal): Rank | null =>
  rankIn(guildId === null ? globalScope : { scope: 'guild', scopeId: guildId }, by)

/** The rank with which the principal may change that sanction; null where they may not. */
export function rankToSanction({ zone, ranks }: MadeZone, by: Principal, kind: WiderKind, target: UserId): Rank | null {
  const rank = rankInZone(zone.spec.guild_id, by)
  const stands = ranks.get(sanctionKey(kind, target)) ?? null
  return rank && mayChange(rank, by.user_id, target, stands) ? rank : null
}
