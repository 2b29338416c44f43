import type { Raid } from '../../persistence/raids/port.ts'
import { AppError } from '../../protocol/errors.ts'
import type { Principal } from '../../protocol/room/values.ts'

/*
 * Who may do what with a raid. One of a guild is seen by the guild's people; every other one by everybody. Those who lead the guild, who
 * made it, and privileged tokens lead the raid.
 */

const isPrivileged = (by: Principal): boolean => by.privileges.length > 0
const placeIn = (by: Principal, guildId: string) => by.guilds?.find(({ id }) => id === guildId)?.role
const leadsGuild = (by: Principal, guildId: string): boolean => {
  const place = placeIn(by, guildId)
  return place === 'owner' || place === 'moderator'
}

/** A raid of a guild is planned by those who lead it. Throws FORBIDDEN. */
export function assertMayPlan(by: Principal, guildId: string | null): void {
  if (guildId !== null && !isPrivileged(by) && !leadsGuild(by, guildId)) throw new AppError('FORBIDDEN')
}

/** `isSignedUp`: whether they stand on its roster already, by whomever. */
export const maySee = (by: Principal, raid: Raid, isSignedUp: boolean): boolean =>
  raid.guildId === null ||
  isPrivileged(by) ||
  raid.creatorId === by.user_id ||
  placeIn(by, raid.guildId) !== undefined ||
  isSignedUp

export const mayLead = (by: Principal, raid: Raid): boolean =>
  isPrivileged(by) || raid.creatorId === by.user_id || (raid.guildId !== null && leadsGuild(by, raid.guildId))

/** To everybody else it looks as if it did not exist. Throws RAID_NOT_FOUND. */
export function assertSees(by: Principal, raid: Raid, isSignedUp = false): void {
  if (!maySee(by, raid, isSignedUp)) throw new AppError('RAID_NOT_FOUND')
}

/** Throws RAID_NOT_FOUND or FORBIDDEN. */
export function assertLeads(by: Principal, raid: Raid, isSignedUp = false): void {
  assertSees(by, raid, isSignedUp)
  if (!mayLead(by, raid)) throw new AppError('FORBIDDEN')
}

/** Nothing is changed of what is over. Throws RAID_OVER. */
export function assertOnGoing({ status }: Raid): void {
  if (status === 'cancelled' || status === 'over') throw new AppError('RAID_OVER')
}
