import type { Relief } from './engine.ts'

/** What a region sheds, rung by rung. Never time: nobody hears slower. */
export interface Rung {
  readonly name: string
  readonly relief: Relief
  readonly refusesJoins: boolean
}

const full: Relief = { lookEvery: 1, outerEvery: 2, audibleMax: 32, crowdRange: 1 }
const rung = (name: string, relief: Partial<Relief>, refusesJoins = false): Rung => ({
  ...{ name, refusesJoins },
  relief: { ...full, ...relief },
})

/** From nothing to the last. Each has all that the one before has. */
export const ladder: readonly Rung[] = [
  rung('none', {}),
  rung('far_slower', { outerEvery: 4 }),
  rung('looks_slower', { outerEvery: 4, lookEvery: 2 }),
  rung('fewer_audible', { outerEvery: 4, lookEvery: 2, audibleMax: 12 }),
  rung('few_audible', { outerEvery: 4, lookEvery: 2, audibleMax: 8 }),
  rung('crowds_nearer', { outerEvery: 4, lookEvery: 2, audibleMax: 8, crowdRange: 0.75 }),
  rung('crowds_near', { outerEvery: 4, lookEvery: 2, audibleMax: 8, crowdRange: 0.5 }),
  rung('no_joins', { outerEvery: 4, lookEvery: 2, audibleMax: 8, crowdRange: 0.5 }, true),
]

/** A tick above it is too dear, ms: two fifths of what there is at 10 Hz. */
export const dearMs = 40
/** Below it there is room to do more again, ms. */
export const cheapMs = 20
/** Too dear for so long, ms: a rung up. */
export const upAfterMs = 3000
/** Cheap for so long, ms: a rung down. Longer, so that it does not swing. */
export const downAfterMs = 10_000

export interface Load {
  /** Place on the ladder. */
  readonly rung: number
  /** Since when ticks have been too dear, and cheap; null for not. */
  readonly dearSinceMs: number | null
  readonly cheapSinceMs: number | null
}

export const noLoad: Load = { rung: 0, dearSinceMs: null, cheapSinceMs: null }

/** What a measured tick (95th percentile of the last second, ms) does to the place on the ladder. One rung at a time. */
export function stepLoad(load: Load, tickMs: number, nowMs: number): Load {
  const dearSinceMs = tickMs > dearMs ? (load.dearSinceMs ?? nowMs) : null
  const cheapSinceMs = tickMs < cheapMs ? (load.cheapSinceMs ?? nowMs) : null
  if (dearSinceMs !== null && nowMs - dearSinceMs >= upAfterMs && load.rung < ladder.length - 1) {
    return { rung: load.rung + 1, dearSinceMs: nowMs, cheapSinceMs: null }
  }
  if (cheapSinceMs !== null && nowMs - cheapSinceMs >= downAfterMs && load.rung > 0) {
    return { rung: load.rung - 1, dearSinceMs: null, cheapSinceMs: nowMs }
  }
  return { rung: load.rung, dearSinceMs, cheapSinceMs }
}
