// @ts-check

/** @typedef {{ left: number, bottom: number, right: number, top: number }} Rect Metres; `top` is north. */
/** @typedef {{ scale: number, left: number, top: number }} View Pixels to the metre; the place at the corner of the picture, m. */
/** @typedef {{ width: number, height: number }} Size Pixels. */

/*
 * Which part of a zone is in the picture. North is up, so pixels count against metres. Pure.
 */

const marginPx = 24
/** A metre is at most so many pixels. */
const scaleMax = 64

/** The rectangle around all of these. @param {readonly Rect[]} rects @returns {Rect} */
export const around = (rects) => ({
  left: Math.min(...rects.map(({ left }) => left)),
  bottom: Math.min(...rects.map(({ bottom }) => bottom)),
  right: Math.max(...rects.map(({ right }) => right)),
  top: Math.max(...rects.map(({ top }) => top)),
})

/**
 * All of it in the middle of the picture.
 * @param {Rect} rect
 * @param {Size} size
 * @returns {View}
 */
export function fitted(rect, size) {
  const [width, height] = [rect.right - rect.left, rect.top - rect.bottom]
  const room = { width: Math.max(1, size.width - 2 * marginPx), height: Math.max(1, size.height - 2 * marginPx) }
  const scale = Math.min(room.width / width, room.height / height, scaleMax)
  return {
    scale,
    left: rect.left + width / 2 - size.width / scale / 2,
    top: rect.bottom + height / 2 + size.height / scale / 2,
  }
}

/**
 * Moved by so many pixels, to the right and down.
 * @param {View} view
 * @param {number} dx
 * @param {number} dy
 * @returns {View}
 */
export const moved = ({ scale, left, top }, dx, dy) => ({ scale, left: left - dx / scale, top: top + dy / scale })

/**
 * Zoomed so that what lies under a pixel stays there; no closer than 64 pixels to the metre, no farther than half the size of all.
 * @param {View} view
 * @param {number} factor
 * @param {{ x: number, y: number }} pixel
 * @param {number} fitScale Of the view of all.
 * @returns {View}
 */
export function zoomed({ scale, left, top }, factor, { x, y }, fitScale) {
  const next = Math.max(Math.min(fitScale / 2, scaleMax), Math.min(scaleMax, scale * factor))
  return { scale: next, left: left + x / scale - x / next, top: top - y / scale + y / next }
}

/**
 * Where a place is in the picture.
 * @param {View} view
 * @param {number} x
 * @param {number} y
 */
export const pixelOf = ({ scale, left, top }, x, y) => ({ x: (x - left) * scale, y: (top - y) * scale })

/**
 * A round length for the bar of the scale, at most so many pixels long: 1, 2 or 5 times a power of ten metres.
 * @param {number} scale
 * @param {number} pixelsMax
 */
export function barM(scale, pixelsMax) {
  const most = pixelsMax / scale
  const power = 10 ** Math.floor(Math.log10(most))
  return power * (most >= 5 * power ? 5 : most >= 2 * power ? 2 : 1)
}
