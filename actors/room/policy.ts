import type { ErrorCode } from '../../protocol/errors.ts'
import type { UserId } from '../../protocol/ids.ts'
import type { RoomSpec } from '../../protocol/room/commands.ts'
import { allows, type Permission } from '../../protocol/room/permissions.ts'
import { roomTypeTable } from '../../protocol/room/room-types.ts'
import type { GivenRole } from '../../protocol/room/roles.ts'
import type { Principal, Role } from '../../protocol/room/values.ts'
import type { RoomFacts, RoomState } from './state.ts'

/** What someone wants to do in a room. */
export type Wanted =
  | { readonly action: 'create'; readonly spec: RoomSpec }
  | { readonly action: 'view' }
  /** Take a seat for this user. The password is another matter. */
  | { readonly action: 'join'; readonly user: UserId }
  /** Give up the seat of this user. */
  | { readonly action: 'leave'; readonly user: UserId }
  /** Come for this user with the token of an invite. */
  | { readonly action: 'redeem'; readonly user: UserId }
  /** Say otherwise what the roles of the room allow, or who owns it. */
  | { readonly action: 'own' }
  /** What a role may allow; `target` is whom it is done to, where it is done to somebody. */
  | { readonly permission: Permission; readonly target?: UserId }

const ranks = { owner: 3, moderator: 2, member: 1, stranger: 0 } as const

/** Owner, seat holders, people of the room's guild, whoever was given a role, and privileged tokens. */
type Standing = Role | 'stranger'

/** A `service` or `admin` token stands above every role in a room. */
export const isPrivileged = (by: Principal): boolean => by.privileges.length > 0

/** The guild whose hall the room is; null for none. */
const guildOf = (spec: RoomSpec): string | null => (roomTypeTable[spec.room_type].ofGuild ? spec.guild_id : null)

/** What the token's place in the room's guild comes to: those who lead the guild moderate in its halls. */
function standingInGuild(spec: RoomSpec, by: Principal): GivenRole | null {
  const guild = guildOf(spec)
  const place = guild === null ? undefined : by.guilds?.find(({ id }) => id === guild)
  if (!place) return null
  return place.role === 'member' ? 'member' : 'moderator'
}

/** As far as the room knows without a token: the owner holds that rank without a seat, and so does who was given a role. */
function standingOf(state: RoomState, user: UserId): Standing {
  if (state.room?.spec.owner_id === user) return 'owner'
  // Whoever has come to speak into the room has no place in it.
  const seat = state.broadcasters.has(user) ? undefined : state.seats.get(user)
  return state.roles.get(user) ?? seat?.role ?? 'stranger'
}

/** What was given in the room counts before what the guild says: who was demoted here is no moderator here. */
function standingBy(state: RoomState, by: Principal): Standing {
  const known = standingOf(state, by.user_id)
  if (!state.room || known === 'owner' || state.roles.has(by.user_id)) return known
  const inGuild = standingInGuild(state.room.spec, by) ?? 'stranger'
  return ranks[inGuild] > ranks[known] ? inGuild : known
}

/** The role with which this user takes a seat, at the asking of that principal. */
export function roleAtJoin(state: RoomState, by: Principal, user: UserId): Role {
  const standing = by.user_id === user ? standingBy(state, by) : standingOf(state, user)
  return standing === 'stranger' ? 'member' : standing
}

/**
 * A join may be tried at this room by whoever knows its password; without one a private room admits no outsider, but for those
 * who come with an invite.
 */
function isHidden({ spec }: RoomFacts, wanted: Wanted): boolean {
  if (!spec.is_private || !('action' in wanted)) return spec.is_private
  return wanted.action !== 'redeem' && !(wanted.action === 'join' && spec.password_hash !== null)
}

/**
 * To all others a private room looks as if it did not exist. Those who only speak into it see it and may leave it; they come to stay as any
 * stranger does.
 */
function isInsider(state: RoomState, by: Principal, wanted: Wanted): boolean {
  if (isPrivileged(by) || standingBy(state, by) !== 'stranger') return true
  const comes = 'action' in wanted && (wanted.action === 'join' || wanted.action === 'redeem')
  return !comes && state.broadcasters.has(by.user_id)
}

/**
 * May this principal do this in the room as it stands: null for yes, else the code of the refusal. Owner > moderator >
 * member > everyone else, each with the permissions that the room gives the role; `service` and `admin` stand above them. The
 * one place where rights are decided, for REST and the socket alike.
 */
export function refusal(state: RoomState, by: Principal, wanted: Wanted): ErrorCode | null {
  if ('action' in wanted && wanted.action === 'create') return mayCreate(by, wanted.spec)
  if (!state.room) return 'ROOM_NOT_FOUND'
  if (isHidden(state.room, wanted) && !isInsider(state, by, wanted)) return 'ROOM_NOT_FOUND'
  if ('permission' in wanted) return mayUse(state, state.room, by, wanted) ? null : 'FORBIDDEN'
  switch (wanted.action) {
    case 'view':
      return null
    case 'join':
    case 'leave':
    case 'redeem':
      return actsFor(by, wanted.user)
    case 'own':
      return isPrivileged(by) || standingBy(state, by) === 'owner' ? null : 'FORBIDDEN'
  }
}

/** The owner, whoever was given a role, by an invite for instance, and privileged tokens need no password. */
export const passesWithoutPassword = (state: RoomState, by: Principal): boolean =>
  isPrivileged(by) || standingBy(state, by) === 'owner' || state.roles.has(by.user_id)

/** Whether that role lies below the principal's own, so that it is theirs to give. */
export const mayGive = (state: RoomState, by: Principal, role: GivenRole | null): boolean =>
  isPrivileged(by) || ranks[standingBy(state, by)] > ranks[role ?? 'stranger']

const actsFor = (by: Principal, user: UserId): ErrorCode | null =>
  isPrivileged(by) || by.user_id === user ? null : 'ACTING_USER_MISMATCH'

/** A guild's hall is made by people of that guild. */
function mayCreate(by: Principal, spec: RoomSpec): ErrorCode | null {
  const isOutsider = guildOf(spec) !== null && !isPrivileged(by) && standingInGuild(spec, by) === null
  return actsFor(by, spec.owner_id) ?? (isOutsider ? 'FORBIDDEN' : null)
}

/**
 * Whatever a role allows, nobody acts on someone of their own rank or above, and nobody on themselves: else an owner could undo
 * what an admin put on them.
 */
function mayUse(
  state: RoomState,
  { spec }: RoomFacts,
  by: Principal,
  { permission, target }: Extract<Wanted, { permission: Permission }>,
): boolean {
  if (target === by.user_id) return false
  if (isPrivileged(by)) return true
  const standing = standingBy(state, by)
  if (standing === 'stranger' || !allows(standing, permission, spec.permissions)) return false
  return target === undefined || ranks[standing] > ranks[standingOf(state, target)]
}
