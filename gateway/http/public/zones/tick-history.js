// @ts-check

/** @typedef {{ meanMs: number, p95Ms: number }} Ticks */

/** Two minutes of answers. */
const kept = 120
/** A tick above it is too dear: the region begins to shed work. */
export const dearMs = 40

/** What ticks of each region took of late. Regions that are gone are forgotten. */
export class TickHistory {
  /** @type {Map<number, Ticks[]>} */
  #of = new Map()

  /**
   * Notes one answer.
   * @param {import('../../../../protocol/http/zones.ts').ShardsBody['regions']} regions
   */
  note(regions) {
    const here = new Set(regions.map(({ region }) => region))
    for (const region of this.#of.keys()) if (!here.has(region)) this.#of.delete(region)
    for (const { region, shard } of regions) {
      const ticks = this.#of.get(region) ?? []
      this.#of.set(region, ticks)
      if (shard) ticks.push({ meanMs: shard.tick_mean_ms, p95Ms: shard.tick_p95_ms })
      if (ticks.length > kept) ticks.shift()
    }
  }

  /** Oldest first. @param {number} region @returns {readonly Ticks[]} */
  of(region) {
    return this.#of.get(region) ?? []
  }

  clear() {
    this.#of.clear()
  }
}

/**
 * Draws a history into a small picture: p95 as bars, the mean as a line, and where ticks are too dear.
 * @param {HTMLCanvasElement} canvas
 * @param {readonly Ticks[]} ticks
 * @param {{ bar: string, line: string, dear: string }} colours
 */
export function drawHistory(canvas, ticks, colours) {
  const context = canvas.getContext('2d')
  if (!context) return
  const { width, height } = canvas
  context.clearRect(0, 0, width, height)
  const most = Math.max(dearMs * 1.1, ...ticks.map(({ p95Ms }) => p95Ms))
  const [step, y] = [width / kept, (/** @type {number} */ ms) => height - (ms / most) * height]
  context.fillStyle = colours.bar
  ticks.forEach(({ p95Ms }, index) => context.fillRect(index * step, y(p95Ms), step, height))
  context.strokeStyle = colours.line
  context.beginPath()
  ticks.forEach(({ meanMs }, index) => context.lineTo((index + 0.5) * step, y(meanMs)))
  context.stroke()
  context.fillStyle = colours.dear
  context.fillRect(0, y(dearMs), width, 1)
}
