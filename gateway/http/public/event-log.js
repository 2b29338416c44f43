// @ts-check

/** @typedef {import('./roster.js').RoomEvent} RoomEvent */
/** @typedef {import('./roster.js').Roster} Roster */

const linesMax = 100

/** What happened, newest first; the oldest of more than 100 lines goes. Read out by screen readers as it comes. */
export class EventLog {
  #list

  /** @param {HTMLElement} list */
  constructor(list) {
    this.#list = list
  }

  /** @param {string} text */
  add(text) {
    const line = document.createElement('li')
    const time = document.createElement('time')
    const now = new Date()
    time.dateTime = now.toISOString()
    time.textContent = now.toLocaleTimeString([], { hour12: false })
    line.append(time, ` ${text}`)
    this.#list.prepend(line)
    while (this.#list.children.length > linesMax) this.#list.lastElementChild?.remove()
  }
}

/** @type {Record<string, string>} */
const leaving = {
  left: 'left',
  replaced: 'came in again from another place',
  lapsed: 'did not come back in time',
  room_closed: 'left, as the room closed',
  kicked: 'was sent out by a moderator',
  banned: 'was banned',
  unlinked: 'speaks here no more',
}

/** @type {Record<string, string>} */
const done = { mute: 'muted', deafen: 'deafened', ban: 'banned', mute_all: 'muted' }
/** @type {Record<string, string>} */
const undone = { mute: 'unmuted', deafen: 'undeafened', ban: 'unbanned', mute_all: 'unmuted' }

/**
 * Who is banned has left by the same news.
 * @param {Roster[]} rosters
 * @param {{ kind: string, user_id: string }} sanction
 */
const whom = (rosters, { kind, user_id: userId }) =>
  kind === 'mute_all'
    ? 'Everyone'
    : (rosters.map((roster) => nameOf(roster, userId)).find((name) => name !== userId) ?? userId)

/**
 * An event in words.
 * @param {RoomEvent} event
 * @param {Roster} before The roster without it.
 * @param {Roster} after
 */
export function describe(event, before, after) {
  switch (event.type) {
    case 'room.created':
      return `The room "${event.room.name}" was made`
    case 'room.updated':
      return 'The room was changed'
    case 'room.closed':
      return 'The room was closed'
    case 'participant.joined':
      return `${event.participant.username} joined`
    case 'participant.left':
      return `${before.participants.get(event.session_id)?.username ?? event.user_id} ${leaving[event.reason] ?? 'left'}`
    case 'sanction.applied':
      return `${whom([after, before], event)} was ${done[event.kind] ?? event.kind} ${event.until === null ? 'permanently' : `until ${clock(event.until)}`}`
    case 'sanction.lifted':
      return event.cause === 'expired'
        ? `What silenced or kept out ${whom([after, before], event)} ran out (noticed by the ${event.clock})`
        : `${whom([after, before], event)} was ${undone[event.kind] ?? event.kind}`
    case 'role.changed':
      return `${nameOf(after, event.user_id)} is a ${event.role} now`
    case 'ownership.transferred':
      return `${nameOf(after, event.to_user_id)} owns the room now`
    default:
      return null
  }
}

/**
 * @param {Roster} roster
 * @param {string} userId
 */
const nameOf = (roster, userId) =>
  [...roster.participants.values()].find(({ user_id: id }) => id === userId)?.username ?? userId

/** @param {string} iso */
const clock = (iso) => new Date(iso).toLocaleTimeString([], { hour12: false })
