/** Numbers from a seed, uniform in [0, 1): the same in every run. */
export function lots(seed: number): () => number {
  let state = seed | 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 0x1_0000_0000
  }
}

/**
 * People who walk about: legs of 1 to 7 s at up to 6 m/s in any direction, a third of the legs standing, turned back at the
 * walls; a tenth of them speak at a time, in spurts of 1.2 s. Steps of 1/16 m, ticks of 100 ms.
 */
export class World {
  readonly x: Float64Array
  readonly y: Float64Array
  /** Steps a tick. */
  readonly vx: Float64Array
  readonly vy: Float64Array
  readonly #until: Int32Array
  readonly #speechUntil: Int32Array
  readonly #silentUntil: Int32Array
  readonly #lot: () => number
  /** Mean silence between two spurts, ticks. */
  readonly #silence: number
  readonly n: number
  readonly side: number
  tick = 0
  /** Place and velocity as a batch has them: whole steps, and eighths of a metre a second. */
  readonly stepX: Int32Array
  readonly stepY: Int32Array
  readonly eighthsX: Int8Array
  readonly eighthsY: Int8Array

  constructor(n: number, sideM: number, seed: number, speaking = 0.1) {
    this.n = n
    this.side = Math.round(sideM * 16)
    this.#lot = lots(seed)
    this.x = Float64Array.from({ length: n }, () => this.#lot() * this.side)
    this.y = Float64Array.from({ length: n }, () => this.#lot() * this.side)
    this.vx = new Float64Array(n)
    this.vy = new Float64Array(n)
    this.stepX = Int32Array.from(this.x, Math.round)
    this.stepY = Int32Array.from(this.y, Math.round)
    this.eighthsX = new Int8Array(n)
    this.eighthsY = new Int8Array(n)
    this.#until = new Int32Array(n)
    this.#speechUntil = new Int32Array(n)
    this.#silentUntil = Int32Array.from({ length: n }, () => this.#lot() * (12 / speaking))
    this.#silence = 12 / speaking - 12
  }

  step(): void {
    this.tick++
    for (let i = 0; i < this.n; i++) {
      if (this.tick >= this.#until[i]!) this.#turn(i)
      this.x[i]! += this.vx[i]!
      this.y[i]! += this.vy[i]!
      if (this.x[i]! < 0 || this.x[i]! > this.side) {
        this.vx[i]! *= -1
        this.x[i]! += 2 * this.vx[i]!
      }
      if (this.y[i]! < 0 || this.y[i]! > this.side) {
        this.vy[i]! *= -1
        this.y[i]! += 2 * this.vy[i]!
      }
      this.stepX[i] = Math.round(this.x[i]!)
      this.stepY[i] = Math.round(this.y[i]!)
      this.eighthsX[i] = Math.round(this.vx[i]! * 5)
      this.eighthsY[i] = Math.round(this.vy[i]! * 5)
    }
  }

  /** Whether somebody speaks in this tick; to be asked once for each tick and player, in order. */
  speaks(i: number): boolean {
    if (this.tick < this.#speechUntil[i]!) return true
    if (this.tick < this.#silentUntil[i]!) return false
    this.#speechUntil[i] = this.tick + 12
    this.#silentUntil[i] = this.tick + 12 + Math.round(this.#silence * 2 * this.#lot())
    return true
  }

  #turn(i: number): void {
    this.#until[i] = this.tick + 10 + Math.floor(this.#lot() * 60)
    const angle = this.#lot() * Math.PI * 2
    const speed = this.#lot() < 0.33 ? 0 : this.#lot() * 6 * 1.6
    this.vx[i] = Math.cos(angle) * speed
    this.vy[i] = Math.sin(angle) * speed
  }
}

/** Side of a square in which `n` people have `k` others within 30 m, m. */
export const sideFor = (n: number, k: number): number => Math.sqrt((n * Math.PI * 900) / k)
