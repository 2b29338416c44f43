// @ts-check

/** @typedef {{ x: number, y: number }} Point */

/**
 * Where metres of a zone are on a map: that place is in the middle, north is up.
 * @param {Point} middle m.
 * @param {{ width: number, height: number }} size Of the map, pixels.
 * @param {number} reachM So far one sees from the middle to the nearer edge.
 */
export function scaleOf(middle, { width, height }, reachM) {
  const pixels = Math.min(width, height) / 2 / reachM
  return {
    /** Pixels of a metre. */
    pixels,
    /** @param {Point} metres @returns {Point} Pixels from the upper left corner. */
    toMap: ({ x, y }) => ({ x: width / 2 + (x - middle.x) * pixels, y: height / 2 - (y - middle.y) * pixels }),
    /** @param {Point} point Pixels. @returns {Point} m. */
    toZone: ({ x, y }) => ({ x: middle.x + (x - width / 2) / pixels, y: middle.y - (y - height / 2) / pixels }),
  }
}

const compass = /** @type {const} */ ([
  'east',
  'north-east',
  'north',
  'north-west',
  'west',
  'south-west',
  'south',
  'south-east',
])

/** Which way somebody is, in a word. @param {Point} from @param {Point} to */
export function wayTo(from, to) {
  const eighth = Math.round(Math.atan2(to.y - from.y, to.x - from.x) / (Math.PI / 4))
  return compass[(eighth + 8) % 8] ?? 'east'
}
