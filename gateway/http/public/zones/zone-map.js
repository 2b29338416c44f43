// @ts-check
import { around, barM, fitted, moved, pixelOf, zoomed } from './map-view.js'
import { MovingPoints } from './points.js'

/** @typedef {import('../../../../protocol/http/zones.ts').ShardsBody} Shards */
/** @typedef {Shards['regions'][number]} Region */
/** @typedef {{ text: string, soft: string, danger: string, line: string, card: string }} Colours */

/** The fastest way of anybody, with room for an answer that was late, m/s. */
const reachMps = 30
/** Dots go from one answer to the next in the time between the last two, within these bounds, ms. */
const wayMs = { least: 500, most: 2_500 }

/**
 * A zone on a canvas: regions, borders, and everybody as a dot, all in one pass. It draws while dots are on their way or something changed, and
 * rests otherwise.
 */
export class ZoneMap {
  #canvas
  #context
  #colours
  /** @type {Shards | null} */
  #shards = null
  /** @type {Map<number, { epoch: number, points: MovingPoints }>} */
  #points = new Map()
  /** @type {import('./map-view.js').View | null} */
  #view = null
  /** Until somebody moves the map, it shows all. */
  #isFitted = true
  #cameMs = 0
  #spanMs = wayMs.least
  #frame = 0
  /** What the last picture had. `ms` is what drawing it took, not what the screen did with it. */
  drawn = { dots: 0, regions: 0, ms: 0 }

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {() => Colours} colours
   */
  constructor(canvas, colours) {
    const context = canvas.getContext('2d')
    if (!context) throw new Error('this browser has no canvas')
    this.#canvas = canvas
    this.#context = context
    this.#colours = colours
    new ResizeObserver(() => this.#resize()).observe(canvas)
  }

  /** Another zone: nothing of the last one stays. */
  clear() {
    this.#shards = null
    this.#points.clear()
    this.fit()
  }

  /** @param {Shards} shards */
  show(shards) {
    const nowMs = performance.now()
    const passedMs = nowMs - this.#cameMs
    const progress = this.#progress(nowMs)
    const before = this.#points
    this.#points = new Map()
    for (const { region, shard } of shards.regions) {
      if (!shard) continue
      const was = before.get(region)
      const said = shard.points ?? []
      const isSame = was?.epoch === shard.epoch
      const points = isSame ? was.points.next(said, progress, (reachMps * passedMs) / 1_000) : new MovingPoints(said)
      this.#points.set(region, { epoch: shard.epoch, points })
    }
    this.#spanMs = Math.max(wayMs.least, Math.min(wayMs.most, passedMs))
    this.#cameMs = nowMs
    this.#shards = shards
    this.#wake()
  }

  /** Shows all of the zone, and goes on to when regions come or go. */
  fit() {
    this.#isFitted = true
    this.#wake()
  }

  /** By pixels of the page. @param {number} dx @param {number} dy */
  move(dx, dy) {
    if (!this.#view) return
    this.#isFitted = false
    this.#view = moved(this.#view, dx, dy)
    this.#wake()
  }

  /**
   * @param {number} factor
   * @param {{ x: number, y: number }} [pixel] What stays where it is; the middle if left out.
   */
  zoom(factor, pixel = { x: this.#size.width / 2, y: this.#size.height / 2 }) {
    const all = this.#fittedView()
    if (!this.#view || !all) return
    this.#isFitted = false
    this.#view = zoomed(this.#view, factor, pixel, all.scale)
    this.#wake()
  }

  /** Draws again though nothing moved: colours have changed. */
  refresh() {
    this.#wake()
  }

  get #size() {
    return { width: this.#canvas.clientWidth, height: this.#canvas.clientHeight }
  }

  #fittedView() {
    return this.#shards ? fitted(around(this.#shards.regions.map(({ bounds }) => bounds)), this.#size) : null
  }

  #resize() {
    const { width, height } = this.#size
    this.#canvas.width = Math.round(width * devicePixelRatio)
    this.#canvas.height = Math.round(height * devicePixelRatio)
    this.#wake()
  }

  /** @param {number} nowMs */
  #progress(nowMs) {
    return Math.max(0, Math.min(1, (nowMs - this.#cameMs) / this.#spanMs))
  }

  #wake() {
    if (this.#frame === 0) this.#frame = requestAnimationFrame(() => this.#draw())
  }

  #draw() {
    this.#frame = 0
    const beganMs = performance.now()
    const progress = this.#progress(beganMs)
    if (this.#isFitted || !this.#view) this.#view = this.#fittedView()
    const context = this.#context
    context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0)
    context.clearRect(0, 0, this.#size.width, this.#size.height)
    const view = this.#view
    if (!this.#shards || !view) {
      this.drawn = { dots: 0, regions: 0, ms: 0 }
      return
    }
    const colours = this.#colours()
    const { regions } = this.#shards
    let dots = 0
    // Those of other regions below, so that a player is never hidden by the ghost that they are across the border.
    for (const ghost of [1, 0]) {
      for (const { region } of regions) {
        context.fillStyle = ghost === 1 ? colours.soft : colourOf(region)
        const points = this.#points.get(region)?.points
        if (points) dots += drawDots(context, view, this.#size, points, progress, ghost)
      }
    }
    for (const [index, region] of regions.entries()) {
      // Those that share an area stand side by side in the list: their words go below each other.
      const above = regions.slice(0, index).filter(({ bounds }) => isSameCorner(bounds, region.bounds)).length
      drawRegion(context, view, region, colours, above)
    }
    drawBar(context, view, this.#size, colours)
    this.drawn = { dots, regions: regions.length, ms: performance.now() - beganMs }
    if (progress < 1 && dots > 0) this.#wake()
  }
}

/** @param {Region['bounds']} one @param {Region['bounds']} other */
const isSameCorner = (one, other) => one.left === other.left && one.top === other.top

/** Neighbours are far apart on the wheel of colours. @param {number} region */
export const colourOf = (region) => `hsl(${(region * 137.5 + 210) % 360} 75% 50%)`

/**
 * Draws players, or ghosts, of one region; says how many of them are in the picture.
 * @param {CanvasRenderingContext2D} context
 * @param {import('./map-view.js').View} view
 * @param {import('./map-view.js').Size} size
 * @param {MovingPoints} points
 * @param {number} progress
 * @param {number} ghost
 */
function drawDots(context, { scale, left, top }, { width, height }, points, progress, ghost) {
  const { from, to, count, ghost: isGhost } = points
  const side = Math.max(2, Math.min(10, scale * (ghost === 1 ? 0.5 : 0.8))) + (ghost === 1 ? 0 : 1)
  let drawn = 0
  for (let index = 0; index < count; index += 1) {
    if (isGhost[index] !== ghost) continue
    const [x0, y0] = [from[index * 2] ?? 0, from[index * 2 + 1] ?? 0]
    const x = (x0 + ((to[index * 2] ?? 0) - x0) * progress - left) * scale
    const y = (top - y0 - ((to[index * 2 + 1] ?? 0) - y0) * progress) * scale
    if (x < -side || y < -side || x > width + side || y > height + side) continue
    context.fillRect(x - side / 2, y - side / 2, side, side)
    drawn += 1
  }
  return drawn
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import('./map-view.js').View} view
 * @param {Region} region
 * @param {Colours} colours
 * @param {number} above Regions whose words stand in the same corner already.
 */
function drawRegion(context, view, { region, bounds, shard }, colours, above) {
  const corner = pixelOf(view, bounds.left, bounds.top)
  const far = pixelOf(view, bounds.right, bounds.bottom)
  const [width, height] = [far.x - corner.x, far.y - corner.y]
  context.lineWidth = shard ? 1.5 : 3
  context.strokeStyle = shard ? colours.text : colours.danger
  context.strokeRect(corner.x, corner.y, width, height)
  const lines = shard
    ? [
        `${region}  ${shard.node}  epoch ${shard.epoch}`,
        `${shard.players} players, ${shard.ghosts} ghosts`,
        `tick ${shard.tick_mean_ms.toFixed(1)} ms, p95 ${shard.tick_p95_ms.toFixed(1)}${shard.rung > 0 ? `, sheds ${shard.rung}` : ''}`,
      ]
    : [`${region}  no answer`]
  context.font = '12px system-ui, sans-serif'
  const wide = Math.max(...lines.map((line) => context.measureText(line).width)) + 12
  // Where a region is too small for its words it has its number alone.
  const shown = width > wide && height > lines.length * 15 + 10 ? lines : [String(region)]
  const back = Math.min(width, shown === lines ? wide : 8 * String(region).length + 10)
  const top = corner.y + above * (shown.length * 15 + 6)
  context.globalAlpha = 0.8
  context.fillStyle = colours.card
  context.fillRect(corner.x + 2, top + 2, back - 2, shown.length * 15 + 4)
  context.globalAlpha = 1
  context.fillStyle = shard ? colours.text : colours.danger
  context.textBaseline = 'top'
  shown.forEach((line, index) => context.fillText(line, corner.x + 6, top + 5 + index * 15))
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import('./map-view.js').View} view
 * @param {import('./map-view.js').Size} size
 * @param {Colours} colours
 */
function drawBar(context, { scale }, { height }, colours) {
  const metres = barM(scale, 160)
  context.fillStyle = colours.text
  context.fillRect(12, height - 12, metres * scale, 2)
  context.textBaseline = 'bottom'
  context.fillText(`${metres} m`, 12, height - 15)
}
