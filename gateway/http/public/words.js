// @ts-check

/*
 * What the service says in codes, as people say it. Pure.
 */

/**
 * What to tell a person of a code, and what they can do. A code that is not here is told in the service's own words.
 * @type {Record<string, string>}
 */
export const errorWords = {
  FORBIDDEN: 'You may not do that in this room, or not to that person.',
  BANNED: 'You are banned',
  PASSWORD_REQUIRED: 'This room asks for a password.',
  PASSWORD_WRONG: 'That is not the password of this room.',
  ROOM_NOT_FOUND: 'There is no room with this id, or it is private and you were not invited.',
  ROOM_CLOSED: 'This room is closed.',
  ROOM_FULL: 'The room is full. Try again when somebody has left.',
  ALREADY_IN_ROOM: 'You are in this room in another window, and the room takes you once only.',
  ROOM_NOT_LINKED: 'That room is not linked to this one any more.',
  NOT_SANCTIONED: 'That is over already.',
  PARTICIPANT_NOT_FOUND: 'That person is not in the room any more.',
  STAGE_FULL: 'Every place on stage is taken. Somebody has to leave it first.',
  QUEUE_FULL: 'Too many people wait to speak already.',
  NOT_IN_QUEUE: 'They do not wait to speak any more.',
  NOT_INVITED: 'The invitation to the stage was taken back.',
  NOT_ON_STAGE: 'They are not on stage any more.',
  INVITE_NOT_FOUND: 'There is no such invite. Was the link copied as a whole?',
  INVITE_NOT_FOR_YOU: 'This invite is for somebody else.',
  INVITE_EXPIRED: 'This invite has expired. Ask for a new one.',
  INVITE_REVOKED: 'This invite was taken back or turned down.',
  INVITE_USED_UP: 'This invite was used as often as it may be. Ask for a new one.',
  TOO_MANY_INVITES: 'The room has too many open invites. Take one back first.',
  TOKEN_MISSING: 'You need a token to come in here.',
  TOKEN_INVALID: 'This gateway does not know your token. Paste a new one.',
  TOKEN_EXPIRED: 'Your token has expired. Paste a new one.',
  VALIDATION_FAILED: 'Something in the form does not fit',
  RATE_LIMITED: 'That was a little quick. Wait a moment and try again.',
  OVERLOADED: 'The service is very busy. Try again in a moment.',
  OUTCOME_UNKNOWN: 'No answer came. It may have happened: look before you try again.',
  NO_OWNER: 'The room is moving to another machine. Try again in a moment.',
  ROOM_UNREACHABLE: 'The room cannot be reached right now. Try again in a moment.',
  INTERNAL: 'Something went wrong on our side. Try again.',
}

/**
 * An error as a person reads it.
 * @param {unknown} error An ApiError, a CommandError, or whatever else was thrown.
 */
export function errorInWords(error) {
  const { code = '', message = String(error), details = {} } = /** @type {any} */ (error ?? {})
  const words = errorWords[code] ?? message
  if (code === 'BANNED') {
    return `${words} from ${reaches[details.scope] ?? 'this room'}${details.until ? ` until ${clock(details.until)}` : ''}.`
  }
  if (code === 'VALIDATION_FAILED') return `${words}${details.field ? `: ${details.field} ${details.problem}` : ''}.`
  return words
}

/** @type {Record<string, string>} */
const troubles = {
  loss: 'parts of the sound get lost on the way',
  jitter: 'the sound arrives unevenly',
  round_trip: 'the sound takes long on the way',
}
/** @type {Record<string, string>} */
const remedies = {
  reconnect_audio: 'Leave the room and come in again, or change the network.',
  use_relay: 'Another network may be faster: a cable rather than Wi-Fi, no VPN.',
  lower_bitrate: 'Stop downloads and videos on this connection, or go nearer to the Wi-Fi.',
}

/**
 * A `hint` frame as a person reads it.
 * @param {{ hint: string, reason: string }} frame
 */
export const hintInWords = ({ hint, reason }) =>
  `You may hear badly: ${troubles[reason] ?? 'your connection is poor'}. ${remedies[hint] ?? ''}`.trim()

/** @type {Record<string, string>} */
export const endings = {
  left: 'You have left the room.',
  replaced: 'You joined this room from another place, so this page has let go of it.',
  lapsed: 'The connection was gone for too long, and the room did not take you back.',
  room_closed: 'The room was closed.',
  kicked: 'A moderator has sent you out of the room.',
  banned: 'You are banned from this room.',
}

/** How far a sanction reaches. @type {Record<string, string>} */
const reaches = { guild: 'every room of the guild', global: 'every room' }

/** @type {Record<string, string>} */
const states = { mute: 'muted', deafen: 'deafened', ban: 'banned', mute_all: 'muted' }

/**
 * What a sanction does to somebody: "muted", "banned in every room of the guild".
 * @param {{ kind: string, scope?: string }} sanction
 */
export const sanctionInWords = ({ kind, scope = '' }) =>
  `${states[kind] ?? kind}${reaches[scope] ? ` in ${reaches[scope]}` : ''}`

/**
 * "1st", "2nd", "11th".
 * @param {number} place From 1.
 */
export function ordinal(place) {
  const ending = { one: 'st', two: 'nd', few: 'rd' }
  const rule = /** @type {keyof typeof ending} */ (ordinals.select(place))
  return `${place}${ending[rule] ?? 'th'}`
}

const ordinals = new Intl.PluralRules('en', { type: 'ordinal' })

/** @param {string} iso */
const clock = (iso) => new Date(iso).toLocaleString([], { dateStyle: 'short', timeStyle: 'short' })
