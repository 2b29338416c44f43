import { errorTable, type ErrorCode } from '../../protocol/errors.ts'
import type { Role } from '../../protocol/room/values.ts'

/** Who may try an action. Each has a user of that name; the first two have no token that counts. */
export const principals = [
  'anonymous',
  'expired',
  'stranger',
  /** Was thrown out, with a token that is good. */
  'banned',
  /** Has a seat, and is muted. */
  'listener',
  'member',
  'moderator',
  'owner',
  'admin',
  'service',
] as const
export type Person = (typeof principals)[number]

/** Rooms as they may stand. In all of them the same people sit. */
export const roomStates = {
  public: {},
  password: { password: 'open sesame' },
  private: { is_private: true },
  'private with password': { is_private: true, password: 'open sesame' },
  guild: { room_type: 'guild', guild_id: 'a-guild', is_private: true },
  moderated: { is_moderated: true },
  announcement: { room_type: 'announcement' },
  /** As many seats as people sit in it. */
  full: { max_participants: 5 },
  closed: {},
} as const satisfies Record<string, Readonly<Record<string, unknown>>>
export type RoomStateName = keyof typeof roomStates
export const roomStateNames = Object.keys(roomStates) as RoomStateName[]

/** To whom things are done: a member who is muted and deafened. `outcast` is banned and has no seat. */
export const target = 'target'
export const outcast = 'outcast'
/** Somebody who is in none of the rooms. */
export const farAway = 'far-away'
/** The guild that no token leads. */
export const guild = 'a-guild'

/** Who holds a seat in every room that is not closed. */
export const seated = ['listener', 'member', 'moderator', 'owner', target] as const

export const hasToken = (person: Person): boolean => person !== 'anonymous' && person !== 'expired'
export const isPrivileged = (person: Person): boolean => person === 'admin' || person === 'service'
export const hasSeat = (person: Person): boolean => (seated as readonly string[]).includes(person)

/** The role in the room, by seat or by gift; null for none. */
export const roleOf = (person: Person): Role | null => {
  if (person === 'owner' || person === 'moderator') return person
  return hasSeat(person) ? 'member' : null
}

/** What an action comes to: it is carried out, or refused with a code. */
export type Outcome = 'ok' | ErrorCode

export const isRateLimited = (outcome: Outcome): boolean => outcome !== 'ok' && errorTable[outcome].http === 429
