import { stepGrowth, type Growth, type RegionLoad } from '../../zone/growth.ts'
import { noLoad, stepLoad, type Load } from '../../zone/overload.ts'

/** Ticks of the last ten seconds at the fastest. */
const ticksKept = 300
const longMs = 10_000
const shortMs = 1_000

/** What ticks cost, and what follows from it: the place on the ladder, and whether the region is cut or merged. */
export class LoadWatch {
  readonly #tookMs = new Float64Array(ticksKept)
  readonly #atMs = new Float64Array(ticksKept).fill(Number.NEGATIVE_INFINITY)
  #next = 0
  #load: Load = noLoad
  #growth: Growth

  constructor(nowMs: number) {
    this.#growth = { largeSinceMs: null, smallSinceMs: null, changedAtMs: nowMs }
  }

  get rung(): number {
    return this.#load.rung
  }

  /** A tick took so long. */
  note(tookMs: number, nowMs: number): void {
    this.#tookMs[this.#next] = tookMs
    this.#atMs[this.#next] = nowMs
    this.#next = (this.#next + 1) % ticksKept
  }

  /** Of the last ten seconds, ms; 0 without ticks. */
  meanMs(nowMs: number): number {
    const ticks = this.#since(nowMs - longMs)
    return ticks.length === 0 ? 0 : ticks.reduce((sum, ms) => sum + ms, 0) / ticks.length
  }

  p95Ms(nowMs: number): number {
    return percentile95(this.#since(nowMs - longMs))
  }

  /** Once a second: the place on the ladder may be another, and the region may want to be cut or merged. */
  weigh(load: Omit<RegionLoad, 'tickP95Ms'>, nowMs: number): 'cut' | 'merge' | null {
    const tickP95Ms = percentile95(this.#since(nowMs - shortMs))
    this.#load = stepLoad(this.#load, tickP95Ms, nowMs)
    const { growth, wants } = stepGrowth(this.#growth, { ...load, tickP95Ms }, nowMs)
    this.#growth = growth
    return wants
  }

  /** The bounds changed: nothing changes again for a while. */
  changed(nowMs: number): void {
    this.#growth = { largeSinceMs: null, smallSinceMs: null, changedAtMs: nowMs }
  }

  #since(fromMs: number): readonly number[] {
    return [...this.#tookMs].filter((_, at) => this.#atMs[at]! > fromMs)
  }
}

function percentile95(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.ceil(sorted.length * 0.95) - 1] ?? 0
}
