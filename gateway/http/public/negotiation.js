// @ts-check

/** @typedef {import('./roster.js').Participant} Participant */

/** Links of a full mesh that a browser on an ordinary line carries: each costs one Opus stream up and one down. */
export const maxLinks = 8

/**
 * Of two sides that offer at once, the polite one takes its offer back. Both have to come to opposite answers by
 * themselves: the smaller session id is polite.
 * @param {string} ownSession
 * @param {string} peerSession
 */
export const isPolite = (ownSession, peerSession) => ownSession < peerSession

/**
 * Whom to link with, and whom there is no place for. In a large room the room says it. Until it does the first nine of a room by the time they joined form a full mesh;
 * everybody comes to the same nine, so no one waits for somebody who will not answer. A link is never lost to a
 * newcomer: joining puts one at the end of that order.
 * @param {Iterable<Participant>} participants
 * @param {string} ownSession
 * @param {readonly string[] | null} [links] Sessions, as the room chose them.
 * @returns {{ linked: Participant[], unlinked: Participant[] }}
 */
export function chooseLinks(participants, ownSession, links = null) {
  const order = [...participants].sort(byJoining)
  const others = (/** @type {Participant[]} */ people) => people.filter(({ session_id: id }) => id !== ownSession)
  if (links) {
    const has = (/** @type {Participant} */ { session_id: id }) => links.includes(id)
    return { linked: others(order.filter(has)), unlinked: others(order.filter((peer) => !has(peer))) }
  }
  const mesh = order.slice(0, maxLinks + 1)
  const inMesh = mesh.some(({ session_id: id }) => id === ownSession)
  return inMesh
    ? { linked: others(mesh), unlinked: order.slice(maxLinks + 1) }
    : { linked: [], unlinked: others(order) }
}

/**
 * @param {Participant} a
 * @param {Participant} b
 */
const byJoining = (a, b) => compare(a.joined_at, b.joined_at) || compare(a.session_id, b.session_id)

/**
 * @param {string} a
 * @param {string} b
 */
const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0)

/**
 * How long to wait before the n-th ICE restart in a row, ms. The first comes quickly; then 30 s at most between two.
 * @param {number} restarts Restarts since the link last stood.
 */
export const restartDelayMs = (restarts) => Math.min(30_000, 500 * 2 ** restarts)

/**
 * Whether an offer has come while we are making or waiting on our own.
 * @param {{ makingOffer: boolean, signalingState: string }} side
 */
export const offersCollide = ({ makingOffer, signalingState }) => makingOffer || signalingState !== 'stable'

/**
 * What tells one description of a peer from its others: it counts up with each that the peer makes, and stays while candidates are added to
 * one (RFC 8829, 5.2.1). Null where there is none.
 * @param {string} sdp
 */
export const originOf = (sdp) => /^o=(.*?)\r?$/m.exec(sdp)?.[1] ?? null
