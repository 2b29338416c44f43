import type { UserId } from '../../protocol/ids.ts'
import { isoTimeOrNull } from '../../protocol/iso-time.ts'
import { everyone } from '../../protocol/room/moderation.ts'
import { allows } from '../../protocol/room/permissions.ts'
import type { Role } from '../../protocol/room/values.ts'
import { standing } from '../sanction-book.ts'
import { sanctionKey } from './state.ts'
import type { RoomState, Seat } from './state.ts'
import { has, longestOf, widerOf } from './wider.ts'

/** What all the sanctions in force come to for one user. */

const roles: readonly Role[] = ['owner', 'moderator', 'member']

/** Whom a mute of everyone leaves alone: those who may mute. */
export const rolesBeyondMuteAll = (state: RoomState): readonly Role[] =>
  roles.filter((role) => allows(role, 'mute', state.room?.spec.permissions ?? {}))

/** The mute on this seat that lasts longest, Unix ms or null for good; null where there is none. */
export function muteOf(state: RoomState, { userId, role }: Pick<Seat, 'userId' | 'role'>): Mute | null {
  if (state.sanctions.size === 0 && state.wider.size === 0) return null
  const own = ownMute(state, userId)
  const all = state.sanctions.get(muteAllKey)
  if (!all || allows(role, 'mute', state.room?.spec.permissions ?? {})) return own
  return longer(own, all)
}

/** The mute on the user themselves that lasts longest, of the room or of a wider scope; one of everyone is left out. */
export function ownMute(state: RoomState, userId: UserId): Mute | null {
  const ofRoom = state.sanctions.get(sanctionKey('mute', userId)) ?? null
  const wider = longestOf(widerOf(state, userId), 'mute')
  return wider ? longer(ofRoom, { untilMs: wider.until_ms }) : ofRoom
}

export interface Mute {
  readonly untilMs: number | null
}

const muteAllKey = sanctionKey('mute_all', everyone)

const longer = (one: Mute | null, other: Mute): Mute => {
  if (!one || other.untilMs === null) return other
  return one.untilMs === null || one.untilMs >= other.untilMs ? one : other
}

export const isDeafened = (state: RoomState, { userId }: Pick<Seat, 'userId'>): boolean =>
  state.sanctions.has(sanctionKey('deafen', userId)) || has(widerOf(state, userId), 'deafen')

/** Everyone in the room is muted at once. */
export const isMutedAsAWhole = (state: RoomState): boolean => state.sanctions.has(muteAllKey)

/** What a user who is kept out is told; null for who is not. */
export function banOn(state: RoomState, userId: UserId, nowMs: number): Record<string, unknown> | null {
  const ban = standing(state, 'ban', userId, nowMs)
  return ban && { scope: 'room', until: isoTimeOrNull(ban.untilMs) }
}
