// @ts-check

/** @typedef {import('./roster.js').Participant} Participant */
/** @typedef {import('./roster.js').Roster} Roster */
/** @typedef {import('../../../protocol/room/permissions.ts').Permission} Permission */

/*
 * What the page offers to whom. The room decides; this only spares people buttons that would be refused, and is no more than a guess
 * for those whose token stands above roles.
 */

const ranks = { owner: 3, moderator: 2, member: 1 }

/** @type {ReadonlySet<Permission>} */
const ofMembers = new Set(/** @type {const} */ (['speak', 'request_to_speak', 'whisper', 'raise_hand']))
/** @type {ReadonlySet<Permission>} */
const ofOwners = new Set(/** @type {const} */ (['update_room', 'close_room', 'manage_roles']))

/**
 * Whether somebody may do that in the room, by their role and by what the room says otherwise.
 * @param {Roster['room']} room
 * @param {Participant | undefined} person
 * @param {Permission} permission
 */
export function may(room, person, permission) {
  if (!person) return false
  if (person.role === 'owner') return true
  const overrides = /** @type {import('../../../protocol/room/permissions.ts').PermissionOverrides} */ (
    room?.permissions ?? {}
  )
  const { allow = [], deny = [] } = overrides[person.role] ?? {}
  if (deny.includes(permission)) return false
  const byRole = person.role === 'moderator' ? !ofOwners.has(permission) : ofMembers.has(permission)
  return byRole || allow.includes(permission)
}

/**
 * Whether they stand above that one: nobody acts on themselves, nor on their own rank or above.
 * @param {Participant | undefined} own
 * @param {Participant} other
 */
export const isAbove = (own, other) =>
  own !== undefined && own.user_id !== other.user_id && ranks[own.role] > ranks[other.role]

/**
 * Whether they may do it to that one.
 * @param {Roster['room']} room
 * @param {Participant | undefined} own
 * @param {Permission} permission
 * @param {Participant} other
 */
export const mayTo = (room, own, permission, other) => isAbove(own, other) && may(room, own, permission)
