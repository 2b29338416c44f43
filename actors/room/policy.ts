import type { ErrorCode } from '../../protocol/errors.ts'
import type { UserId } from '../../protocol/ids.ts'
import type { Principal } from '../../protocol/room/values.ts'
import type { RoomFacts, RoomState } from './state.ts'

/** What someone wants to do in a room. */
export type Action =
  /** Make the room in the name of this owner. */
  | { readonly action: 'create'; readonly owner: UserId }
  | { readonly action: 'view' }
  /** Take a seat for this user. The password is another matter. */
  | { readonly action: 'join'; readonly user: UserId }
  /** Give up the seat of this user. */
  | { readonly action: 'leave'; readonly user: UserId }
  /** Update or close. */
  | { readonly action: 'manage' }
  /** Put a sanction on this user, or take it away. */
  | { readonly action: 'sanction'; readonly target: UserId }

const ranks = { owner: 3, moderator: 2, member: 1, stranger: 0 } as const

/** A `service` or `admin` token stands above every role in a room. */
export const isPrivileged = (by: Principal): boolean => by.privileges.length > 0

const isOwner = (state: RoomState, user: UserId): boolean => state.room?.spec.owner_id === user

/** The owner holds that rank without a seat; everyone else by the seat. */
const rankOf = (state: RoomState, user: UserId): number =>
  isOwner(state, user) ? ranks.owner : ranks[state.seats.get(user)?.role ?? 'stranger']

/** Owner, seat holders and privileged tokens. To all others a private room looks as if it did not exist. */
const isInsider = (state: RoomState, by: Principal): boolean => isPrivileged(by) || rankOf(state, by.user_id) > 0

/** A join may be tried at this room by whoever knows its password; without one a private room admits no outsider. */
const isHidden = (facts: RoomFacts, action: Action['action']): boolean =>
  facts.spec.is_private && !(action === 'join' && facts.spec.password_hash !== null)

/**
 * May this principal do this in the room as it stands: null for yes, else the code of the refusal. Owner > moderator >
 * member > everyone else; `service` and `admin` stand above them. The one place where rights are decided.
 */
export function refusal(state: RoomState, by: Principal, wanted: Action): ErrorCode | null {
  if (wanted.action === 'create') return actsFor(by, wanted.owner)
  if (!state.room) return 'ROOM_NOT_FOUND'
  if (isHidden(state.room, wanted.action) && !isInsider(state, by)) return 'ROOM_NOT_FOUND'
  switch (wanted.action) {
    case 'view':
      return null
    case 'join':
    case 'leave':
      return actsFor(by, wanted.user)
    case 'manage':
      return isPrivileged(by) || isOwner(state, by.user_id) ? null : 'FORBIDDEN'
    case 'sanction':
      return maySanction(state, by, wanted.target) ? null : 'FORBIDDEN'
  }
}

/** Owner and privileged tokens need no password. */
export const passesWithoutPassword = (state: RoomState, by: Principal): boolean =>
  isPrivileged(by) || isOwner(state, by.user_id)

const actsFor = (by: Principal, user: UserId): ErrorCode | null =>
  isPrivileged(by) || by.user_id === user ? null : 'ACTING_USER_MISMATCH'

/** Nobody sanctions or frees themselves: else an owner could undo what an admin put on them. */
function maySanction(state: RoomState, by: Principal, target: UserId): boolean {
  if (by.user_id === target) return false
  if (isPrivileged(by)) return true
  const rank = rankOf(state, by.user_id)
  return rank >= ranks.moderator && rank > rankOf(state, target)
}
