// @ts-check
import { scaleOf } from './zone-scale.js'

/** Lines on the ground, m apart. */
const gridM = 10

/** @typedef {{ x: number, y: number, name: string, isAudible: boolean, isLoud: boolean }} Drawn */

/** The map of who is around, with oneself in its middle. */
export class ZoneMap {
  #canvas
  /** @type {ReturnType<typeof scaleOf> | null} */
  #scale = null

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {(point: { x: number, y: number }, runs: boolean) => void} onPoint Somebody chose a place to go to, m.
   */
  constructor(canvas, onPoint) {
    this.#canvas = canvas
    canvas.addEventListener('click', ({ offsetX, offsetY, shiftKey }) => {
      if (this.#scale) onPoint(this.#scale.toZone({ x: offsetX, y: offsetY }), shiftKey)
    })
  }

  /**
   * @param {{ x: number, y: number }} own
   * @param {{ width_m: number, height_m: number, range_m: number }} zone
   * @param {readonly Drawn[]} people
   */
  draw(own, { width_m: width, height_m: height, range_m: rangeM }, people) {
    const { clientWidth, clientHeight } = this.#canvas
    const brush = this.#canvas.getContext('2d')
    if (!brush || clientWidth === 0) return
    const dense = window.devicePixelRatio || 1
    this.#canvas.width = clientWidth * dense
    this.#canvas.height = clientHeight * dense
    brush.scale(dense, dense)
    const scale = scaleOf(own, { width: clientWidth, height: clientHeight }, rangeM * 1.4)
    this.#scale = scale
    const style = getComputedStyle(this.#canvas)
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name)
    const [low, high] = [scale.toMap({ x: 0, y: 0 }), scale.toMap({ x: width, y: height })]
    brush.fillStyle = colour('--quiet-back')
    brush.fillRect(low.x, high.y, high.x - low.x, low.y - high.y)
    brush.strokeStyle = colour('--line')
    brush.beginPath()
    const [from, to] = [scale.toZone({ x: 0, y: clientHeight }), scale.toZone({ x: clientWidth, y: 0 })]
    for (let x = Math.max(0, Math.ceil(from.x / gridM) * gridM); x <= Math.min(width, to.x); x += gridM) {
      brush.moveTo(scale.toMap({ x, y: 0 }).x, low.y)
      brush.lineTo(scale.toMap({ x, y: 0 }).x, high.y)
    }
    for (let y = Math.max(0, Math.ceil(from.y / gridM) * gridM); y <= Math.min(height, to.y); y += gridM) {
      brush.moveTo(low.x, scale.toMap({ x: 0, y }).y)
      brush.lineTo(high.x, scale.toMap({ x: 0, y }).y)
    }
    brush.stroke()
    const ring = (/** @type {{ x: number, y: number }} */ at, /** @type {number} */ radius) => {
      brush.beginPath()
      brush.arc(at.x, at.y, radius, 0, 2 * Math.PI)
    }
    brush.strokeStyle = colour('--accent')
    ring(scale.toMap(own), rangeM * scale.pixels)
    brush.stroke()
    brush.font = '13px system-ui, sans-serif'
    brush.textAlign = 'center'
    for (const person of [...people, { ...own, name: 'you', isAudible: false, isLoud: false }]) {
      const at = scale.toMap(person)
      brush.fillStyle = colour(person.isAudible ? '--speaking' : person.name === 'you' ? '--accent' : '--soft')
      ring(at, 6)
      brush.fill()
      if (person.isLoud) {
        brush.strokeStyle = colour('--speaking')
        ring(at, 10)
        brush.stroke()
      }
      brush.fillStyle = colour('--text')
      brush.fillText(person.name, at.x, at.y - 14)
    }
  }
}
