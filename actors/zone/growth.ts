/** What a region tells of itself, about once a second. */
export interface RegionLoad {
  /** 95th percentile of its ticks, ms. */
  readonly tickP95Ms: number
  readonly players: number
  /** Players and cost of the region and its sibling together; null if the sibling was cut again. */
  readonly withSibling: { readonly tickP95Ms: number; readonly players: number } | null
}

/** Since when a region has been too large, and small enough to be merged; and when its bounds last changed. */
export interface Growth {
  readonly largeSinceMs: number | null
  readonly smallSinceMs: number | null
  readonly changedAtMs: number
}

/** Too large: ticks above it, ms, or more players. */
export const largeTickMs = 40
export const largePlayers = 8000
/** For so long, ms. */
export const largeForMs = 10_000
/** Small: the two together below a quarter of that, for so long, ms. */
export const smallShare = 0.25
export const smallForMs = 60_000
/** After a change nothing changes for so long, ms. */
export const coolDownMs = 60_000

export interface GrowthStep {
  readonly growth: Growth
  readonly wants: 'cut' | 'merge' | null
}

/** Whether a region should be cut or merged with its sibling, by what it has told for a while. */
export function stepGrowth(growth: Growth, load: RegionLoad, nowMs: number): GrowthStep {
  const isLarge = load.tickP95Ms > largeTickMs || load.players > largePlayers
  const pair = load.withSibling
  const isSmall = pair !== null && pair.tickP95Ms < largeTickMs * smallShare && pair.players < largePlayers * smallShare
  const next: Growth = {
    changedAtMs: growth.changedAtMs,
    largeSinceMs: isLarge ? (growth.largeSinceMs ?? nowMs) : null,
    smallSinceMs: isSmall ? (growth.smallSinceMs ?? nowMs) : null,
  }
  const isCool = nowMs - growth.changedAtMs >= coolDownMs
  if (isCool && next.largeSinceMs !== null && nowMs - next.largeSinceMs >= largeForMs) {
    return { growth: { largeSinceMs: null, smallSinceMs: null, changedAtMs: nowMs }, wants: 'cut' }
  }
  if (isCool && next.smallSinceMs !== null && nowMs - next.smallSinceMs >= smallForMs) {
    return { growth: { largeSinceMs: null, smallSinceMs: null, changedAtMs: nowMs }, wants: 'merge' }
  }
  return { growth: next, wants: null }
}
