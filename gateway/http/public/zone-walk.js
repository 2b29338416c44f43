// @ts-check

/** How fast one walks, and runs with Shift held, m/s. Zones take up to 20 by default. */
const walkMps = 5
const runMps = 10
/** The region is told at most so often, ms. */
const tellEveryMs = 100
/** One look is taken for no longer than this: a page that slept does not leap. Ms. */
const lookMaxMs = 250

/** Keys to walk by, and where each leads. @type {Record<string, [number, number]>} */
const ways = {
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  KeyW: [0, 1],
  KeyS: [0, -1],
  KeyA: [-1, 0],
  KeyD: [1, 0],
}

/** Whether that key is one to walk by. @param {string} code */
export const isWalkingKey = (code) => code in ways

/** @typedef {{ x: number, y: number, vx: number, vy: number, speaks: boolean, stance: import('./zone-wire.js').Stance, still: boolean }} Told */

/** Where oneself is, and which way one walks: by keys, or to a point that was chosen. Nothing in here knows a page or a clock. */
export class Walk {
  x
  y
  vx = 0
  vy = 0
  speaks = false
  /** @type {import('./zone-wire.js').Stance} */
  stance = 'talk'
  #width
  #height
  /** @type {Set<string>} */
  #held = new Set()
  #runs = false
  /** @type {{ x: number, y: number } | null} */
  #goal = null
  #lookedAtMs
  /** @type {Told | null} */
  #told = null
  #toldAtMs = -Infinity

  /**
   * @param {{ x: number, y: number, width: number, height: number, nowMs: number }} start Metres.
   */
  constructor({ x, y, width, height, nowMs }) {
    this.x = x
    this.y = y
    this.#width = width
    this.#height = height
    this.#lookedAtMs = nowMs
  }

  /**
   * @param {string} code
   * @param {boolean} isHeld
   */
  key(code, isHeld) {
    if (!isHeld) this.#held.delete(code)
    else if (isWalkingKey(code)) {
      this.#held.add(code)
      this.#goal = null
    }
  }

  /** @param {boolean} runs */
  run(runs) {
    this.#runs = runs
  }

  /** Lets go of all keys: the page is not looked at any more. */
  rest() {
    this.#held.clear()
    this.#runs = false
  }

  /** Walks to that point, m. @param {number} x @param {number} y */
  to(x, y) {
    this.#goal = { x, y }
  }

  /**
   * Walks on.
   * @param {number} nowMs
   */
  step(nowMs) {
    const s = Math.min(lookMaxMs, Math.max(0, nowMs - this.#lookedAtMs)) / 1_000
    this.#lookedAtMs = nowMs
    const speed = this.#runs ? runMps : walkMps
    const [dx, dy] = this.#direction(speed * s)
    this.vx = dx * speed
    this.vy = dy * speed
    const [x, y] = [this.x + this.vx * s, this.y + this.vy * s]
    // The far sides belong to no region.
    this.x = Math.min(this.#width - 0.1, Math.max(0, x))
    this.y = Math.min(this.#height - 0.1, Math.max(0, y))
    if (this.x !== x) this.vx = 0
    if (this.y !== y) this.vy = 0
  }

  /**
   * What the region is to be told now; null where it knows, or was told a moment ago.
   * @param {number} nowMs
   * @returns {Told | null}
   */
  news(nowMs) {
    if (nowMs - this.#toldAtMs < tellEveryMs) return null
    const { x, y, vx, vy, speaks, stance } = this
    const now = { x, y, vx, vy, speaks, stance, still: vx === 0 && vy === 0 }
    const before = this.#told
    if (before && Object.entries(now).every(([name, value]) => before[/** @type {keyof Told} */ (name)] === value)) {
      return null
    }
    this.#told = now
    this.#toldAtMs = nowMs
    return now
  }

  /** The region knows nothing: one entered anew. */
  forget() {
    this.#told = null
  }

  /** @param {number} reachM How far the next step leads. @returns {readonly [number, number]} */
  #direction(reachM) {
    if (this.#goal) {
      const [dx, dy] = [this.#goal.x - this.x, this.#goal.y - this.y]
      const awayM = Math.hypot(dx, dy)
      if (awayM > Math.max(reachM, 0.05)) return [dx / awayM, dy / awayM]
      this.x = this.#goal.x
      this.y = this.#goal.y
      this.#goal = null
      return [0, 0]
    }
    let [x, y] = [0, 0]
    for (const code of this.#held) {
      const [dx, dy] = ways[code] ?? [0, 0]
      x += dx
      y += dy
    }
    const length = Math.hypot(x, y)
    return length === 0 ? [0, 0] : [x / length, y / length]
  }
}
