import * as column from './columns'
import {
  atFirst,
  atLast,
  atPerCell,
  atRange,
  atReach,
  atRows,
  atStride,
  corner,
  factsOf,
  layers,
  nowhere,
} from './places'

/** What marks are of this look: no two looks have the same. */
let look: i32 = 0

/** Begins a look: nobody is marked. */
export function beginLook(): i32 {
  if (look == i32.MAX_VALUE) {
    memory.fill(column.nearMarked, 0, (<usize>nowhere + 1) << 2)
    look = 0
  }
  return ++look
}

/**
 * How many are within range of a listener, with masks that meet; the listener too if theirs do. Each look does it, and few find
 * somebody new: so it is counted only, and who is new is looked for where the number says that somebody is.
 */
export function countAround(listener: u32): u32 {
  const place = column.place + ((<usize>listener) << 4)
  const hears = i32x4.splat(load<u32>(column.hearMask + ((<usize>listener) << 2)))
  const x = f32x4.splat(load<f32>(place))
  const y = f32x4.splat(load<f32>(place, 4))
  const z = f32x4.splat(load<f32>(place, 8))
  const near = column.near
  let counts = i32x4.splat(0)
  for (let layer: u32 = 0; layer < layers; layer++) {
    const at = factsOf(layer)
    if (isEmpty(at)) continue
    const range = f32x4.splat(load<f32>(at + atRange))
    const bounds = cellsAround(place, at)
    const stride = (<usize>load<u32>(at + atStride)) << 2
    const width = (<usize>(i32x4.extract_lane(bounds, 2) - i32x4.extract_lane(bounds, 0))) << 2
    let cell = cellOf(at, bounds)
    for (let rows = i32x4.extract_lane(bounds, 3) - i32x4.extract_lane(bounds, 1); rows >= 0; rows--, cell += stride) {
      const end = near + ((<usize>load<u32>(cell + width, 4)) << 4)
      for (let lanes = near + ((<usize>(load<u32>(cell) & ~3)) << 4); lanes < end; lanes += 64) {
        const dx = f32x4.sub(v128.load(lanes), x)
        const dy = f32x4.sub(v128.load(lanes, 16), y)
        const dz = f32x4.sub(v128.load(lanes, 32), z)
        const square = f32x4.add(f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy)), f32x4.mul(dz, dz))
        const isDeaf = i32x4.eq(v128.and(v128.load(lanes, 48), hears), i32x4.splat(0))
        counts = i32x4.sub(counts, v128.andnot(f32x4.le(square, range), isDeaf))
      }
    }
  }
  return sumOf(counts)
}

export function sumOf(counts: v128): u32 {
  return (
    i32x4.extract_lane(counts, 0) +
    i32x4.extract_lane(counts, 1) +
    i32x4.extract_lane(counts, 2) +
    i32x4.extract_lane(counts, 3)
  )
}

/**
 * Finds who is within range of a listener, with masks that meet, and not marked in this look: those in earshot already, and the
 * listener, are marked before. `foundSlot` and `foundSquare` say who, and at which square of a distance. How many: the search ends when
 * they are `most`.
 */
export function find(listener: u32, most: u32): u32 {
  const place = column.place + ((<usize>listener) << 4)
  const hears = i32x4.splat(load<u32>(column.hearMask + ((<usize>listener) << 2)))
  const x = f32x4.splat(load<f32>(place))
  const y = f32x4.splat(load<f32>(place, 4))
  const z = f32x4.splat(load<f32>(place, 8))
  const marked = i32x4.splat(look)
  let found: u32 = 0
  for (let layer: u32 = 0; layer < layers; layer++) {
    const at = factsOf(layer)
    if (isEmpty(at)) continue
    const range = f32x4.splat(load<f32>(at + atRange))
    const bounds = cellsAround(place, at)
    const stride = (<usize>load<u32>(at + atStride)) << 2
    const width = (<usize>(i32x4.extract_lane(bounds, 2) - i32x4.extract_lane(bounds, 0))) << 2
    let cell = cellOf(at, bounds)
    for (let rows = i32x4.extract_lane(bounds, 3) - i32x4.extract_lane(bounds, 1); rows >= 0; rows--, cell += stride) {
      const end = load<u32>(cell + width, 4)
      for (let block = load<u32>(cell) & ~3; block < end; block += 4) {
        const lanes = column.near + ((<usize>block) << 4)
        const dx = f32x4.sub(v128.load(lanes), x)
        const dy = f32x4.sub(v128.load(lanes, 16), y)
        const dz = f32x4.sub(v128.load(lanes, 32), z)
        const square = f32x4.add(f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy)), f32x4.mul(dz, dz))
        const isDeaf = i32x4.eq(v128.and(v128.load(lanes, 48), hears), i32x4.splat(0))
        const isMarked = i32x4.eq(v128.load(column.nearMarked + ((<usize>block) << 2)), marked)
        const isNew = v128.andnot(f32x4.le(square, range), v128.or(isDeaf, isMarked))
        for (let bits = <u32>i32x4.bitmask(isNew); bits != 0; bits &= bits - 1) {
          if (found == most) return found
          const lane = ctz(bits)
          v128.store(column.lanes, square)
          store<u16>(
            column.foundSlot + ((<usize>found) << 1),
            load<u16>(column.nearSlot + ((<usize>(block + lane)) << 1)),
          )
          store<f32>(column.foundSquare + ((<usize>found) << 2), load<f32>(column.lanes + ((<usize>lane) << 2)))
          found++
        }
      }
    }
  }
  return found
}

function isEmpty(facts: usize): bool {
  const first = column.cellStart + ((<usize>load<u32>(facts + atFirst)) << 2)
  return (
    load<u32>(first) == load<u32>(first + ((<usize>(load<u32>(facts + atStride) * load<u32>(facts + atRows))) << 2))
  )
}

/** Where the first place of the lower left cell stands. Who is in a block of four beside the cells in reach is too far to be in range. */
function cellOf(facts: usize, bounds: v128): usize {
  const row = <u32>i32x4.extract_lane(bounds, 1) * load<u32>(facts + atStride)
  return column.cellStart + ((<usize>(load<u32>(facts + atFirst) + row + i32x4.extract_lane(bounds, 0))) << 2)
}

/** Left, lower, right and upper cell in reach of a place. */
function cellsAround(place: usize, facts: usize): v128 {
  const here = f32x4.sub(v128.load64_splat(place), corner)
  const reach = f32x4.splat(load<f32>(facts + atReach))
  const corners = v128.shuffle<f64>(f32x4.sub(here, reach), f32x4.add(here, reach), 0, 2)
  const cells = i32x4.trunc_sat_f32x4_u(f32x4.mul(corners, v128.load32_splat(facts + atPerCell)))
  return i32x4.min_u(cells, v128.load64_splat(facts + atLast))
}

/** Somebody is not to be found in this look. */
export function mark(slot: u32, marked: i32): void {
  store<i32>(column.nearMarked + ((<usize>load<u32>(column.nearAt + ((<usize>slot) << 2))) << 2), marked)
}

/** Whether more are within range of a listener than so many. */
export function hasMoreInRange(listener: u32, most: u32): bool {
  mark(listener, beginLook())
  return find(listener, most + 1) > most
}
