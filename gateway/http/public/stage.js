// @ts-check

/** @typedef {import('../../../protocol/room/stage.ts').StageView} Stage */
/** @typedef {import('../../../protocol/room/stage.ts').StagePlace} Place */

/**
 * The stage with somebody in that place, last in order, and in no other.
 * @param {Stage | null} stage Null stays null: the room has none.
 * @param {string} userId
 * @param {Place} to
 * @returns {Stage | null}
 */
export function movedTo(stage, userId, to) {
  if (!stage) return null
  const user = /** @type {Stage['speakers'][number]} */ (userId)
  const others = (/** @type {Stage['speakers']} */ users) => users.filter((one) => one !== user)
  const place = (/** @type {Stage['speakers']} */ users, /** @type {Place} */ name) =>
    to === name ? [...others(users), user] : others(users)
  return {
    seats: stage.seats,
    speakers: place(stage.speakers, 'stage'),
    queue: place(stage.queue, 'queue'),
    invited: place(stage.invited, 'invited'),
  }
}

/**
 * Where somebody is, and the place in the queue from 1 on; null elsewhere.
 * @param {Stage} stage
 * @param {string} userId
 * @returns {{ place: Place, position: number | null }}
 */
export function placeOf(stage, userId) {
  const waits = stage.queue.findIndex((one) => one === userId)
  if (waits >= 0) return { place: 'queue', position: waits + 1 }
  const has = (/** @type {readonly string[]} */ users) => users.includes(userId)
  return { place: has(stage.speakers) ? 'stage' : has(stage.invited) ? 'invited' : 'none', position: null }
}
