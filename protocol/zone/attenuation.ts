/** How loudness falls with distance: the models of the Web Audio PannerNode, so that a browser can do the very same. */
export interface DistanceModel {
  readonly kind: 'inverse' | 'linear' | 'exponential'
  /** Up to here nothing is lost, m. */
  readonly refM: number
  /** For `linear`: where it has lost all it loses, m. The two others never reach silence by themselves. */
  readonly maxM: number
  readonly rolloff: number
  /** From this share of the range on, a taper leads to silence at the edge of earshot. 1 for none. */
  readonly taperFrom: number
}

/** What is left of the loudness at that distance, 0 to 1, as the Web Audio specification has it. */
export function gainOf({ kind, refM, maxM, rolloff }: DistanceModel, distanceM: number): number {
  const nearest = Math.min(refM, maxM)
  const farthest = Math.max(refM, maxM)
  switch (kind) {
    case 'linear': {
      const share = Math.min(1, Math.max(0, rolloff))
      if (nearest === farthest) return 1 - share
      const d = Math.min(Math.max(distanceM, nearest), farthest)
      return 1 - (share * (d - nearest)) / (farthest - nearest)
    }
    case 'inverse':
      return refM === 0 ? 0 : refM / (refM + rolloff * (Math.max(distanceM, refM) - refM))
    case 'exponential':
      return refM === 0 ? 0 : (Math.max(distanceM, refM) / refM) ** -rolloff
  }
}

/**
 * Leads to silence at the edge of earshot. Without it the default model is still at -24 dB there, and everybody who leaves
 * the set would be cut off with a click. `edgeM` is where the set is left, `rangeM` where it is entered.
 */
export function taperOf(model: DistanceModel, distanceM: number, rangeM: number, edgeM: number): number {
  const from = model.taperFrom * rangeM
  if (distanceM <= from) return 1
  return distanceM >= edgeM ? 0 : (edgeM - distanceM) / (edgeM - from)
}

/** Cells of the table: 0.03 of the range at its coarsest, near the ref distance. */
const cells = 1024

/**
 * Gain with its taper, by the square of the distance as a share of the square of the edge: what the engine ranks by, without a
 * root and a division for each pair. A stance stretches the whole curve. The last value is for the edge itself and beyond.
 */
export function gainTable(model: DistanceModel, rangeM: number, hysteresis: number): Float32Array {
  const edgeM = rangeM * hysteresis
  return Float32Array.from({ length: cells + 1 }, (_, cell) => {
    const distanceM = edgeM * Math.sqrt(cell / cells)
    return gainOf(model, distanceM) * taperOf(model, distanceM, rangeM, edgeM)
  })
}
