import type { UserId } from '../../protocol/ids.ts'
import type { Principal } from '../../protocol/room/values.ts'
import type { Rank } from '../../protocol/sanctions/events.ts'
import type { Scope } from '../../protocol/sanctions/scope.ts'

const heights: Readonly<Record<Rank, number>> = { privileged: 3, owner: 2, moderator: 1 }

/**
 * How high the principal stands in the scope; null for whoever has no say. A guild is led by those whose token says so, the service by
 * `service` and `admin` tokens alone, which stand above every guild.
 */
export function rankIn({ scope, scopeId }: Scope, by: Principal): Rank | null {
  if (by.privileges.length > 0) return 'privileged'
  if (scope === 'global') return null
  const role = by.guilds?.find(({ id }) => id === scopeId)?.role
  return role === 'owner' || role === 'moderator' ? role : null
}

/**
 * Whether somebody of that rank may change what stands on the target, put there by somebody of the rank `stands`; null where nothing
 * stands. Nobody undoes what a higher one did, and on oneself only what a lower one did: a guild's owner whom a moderator shut out is
 * not at their mercy. Whoever stands in for a guild is known by their token, so that of the target nothing is known.
 */
export function mayChange(rank: Rank, by: UserId, target: UserId, stands: Rank | null): boolean {
  const below = stands === null ? 0 : heights[stands]
  return by === target ? stands !== null && heights[rank] > below : heights[rank] >= below
}
