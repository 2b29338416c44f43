import * as column from './columns'

/*
 * Four entries of a row at a time, as one vector. What stands behind the last one is older entries: slots that may be read, and whose
 * lanes do not count.
 */

/** Which of four lanes count when so many entries are left. */
export function laneBits(left: u32): u32 {
  return left < 4 ? (1 << left) - 1 : 15
}

export function lanesOf(left: u32): v128 {
  return i32x4.gt_s(i32x4.splat(left), i32x4(0, 1, 2, 3))
}

/** Of the four whose squares were found last: the squares of their ranges. */
let ranges: v128 = f32x4.splat(0)

export function rangesOfFour(): v128 {
  return ranges
}

/** The squares of the distances of the four slots in the lowest halves of the lanes, from a place whose last lane is 0. */
export function squaresOfFour(slots: v128, from: v128): v128 {
  const places = column.place
  const a = seen(places, i32x4.extract_lane(slots, 0), from)
  const b = seen(places, i32x4.extract_lane(slots, 1), from)
  const c = seen(places, i32x4.extract_lane(slots, 2), from)
  const d = seen(places, i32x4.extract_lane(slots, 3), from)
  // From a vector for each slot to one for each axis.
  const lowAB = v128.shuffle<f32>(a, b, 0, 4, 1, 5)
  const lowCD = v128.shuffle<f32>(c, d, 0, 4, 1, 5)
  const highAB = v128.shuffle<f32>(a, b, 2, 6, 3, 7)
  const highCD = v128.shuffle<f32>(c, d, 2, 6, 3, 7)
  const dx = v128.shuffle<f32>(lowAB, lowCD, 0, 1, 4, 5)
  const dy = v128.shuffle<f32>(lowAB, lowCD, 2, 3, 6, 7)
  const dz = v128.shuffle<f32>(highAB, highCD, 0, 1, 4, 5)
  ranges = v128.shuffle<f32>(highAB, highCD, 2, 3, 6, 7)
  return f32x4.add(f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy)), f32x4.mul(dz, dz))
}

function seen(places: usize, slot: u32, from: v128): v128 {
  return f32x4.sub(v128.load(places + ((<usize>slot) << 4)), from)
}
