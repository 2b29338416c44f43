// @ts-check

/** @typedef {{ kind: 'inverse' | 'linear' | 'exponential', ref_m: number, max_m: number, rolloff: number, taper_from: number }} DistanceModel */

/**
 * What a PannerNode of Web Audio needs for somebody of that stance: a stance stretches the whole curve.
 * @param {DistanceModel} model
 * @param {number} factor What the stance makes of the range.
 */
export const pannerOf = ({ kind, ref_m: ref, max_m: max, rolloff }, factor) => ({
  distanceModel: kind,
  refDistance: ref * factor,
  maxDistance: max * factor,
  rolloffFactor: rolloff,
})

/**
 * Leads to silence at the edge of earshot, beside what the PannerNode makes of the distance: nobody who leaves it ends with a click.
 * @param {DistanceModel} model
 * @param {number} edgeM Where earshot is left by who talks: a taper that went on beyond it would not be heard.
 * @param {number} factor What the stance makes of the range.
 * @param {number} distanceM
 * @returns {number} 0 to 1.
 */
export function taperOf({ max_m: max, taper_from: share }, edgeM, factor, distanceM) {
  const farM = Math.min(max, edgeM) * factor
  const fromM = share * farM
  if (distanceM <= fromM) return 1
  return distanceM >= farM ? 0 : (farM - distanceM) / (farM - fromM)
}
