import * as column from './columns'

/** A layer is a stance: one who shouts does not make everybody look twice as far. */
const layers: u32 = 3

/** What a slot is that stands somewhere: see players.ts. */
const player: u32 = 1
const ghost: u32 = 2

let cells: u32 = 0
let cellsMax: u32 = 0
let rowsMax: u32 = 0
/** Past all places. */
let nowhere: u32 = 0
/** The corner of the box in which everybody stands, x and y twice. */
let corner: v128 = f32x4.splat(0)

// What belongs to a layer stands in `layer`, in this order, 4 B each.
const facts: usize = 48
const atPerCell: usize = 0
const atLast: usize = 4
const atStride: usize = 12
const atRows: usize = 16
const atFirst: usize = 20
const atReach: usize = 24
const atRange: usize = 28
const atPreferred: usize = 32

function factsOf(layer: u32): usize {
  return column.layer + <usize>layer * facts
}

/** Sides of a cell that a layer prefers, in steps, and the square of the range of its people. */
export function setLayer(layer: u32, cell: f32, range: f32): void {
  const at = factsOf(layer)
  store<f32>(at + atPreferred, cell)
  store<f32>(at + atRange, range)
  // A step more: no rounding of a bound may leave out somebody at the very edge.
  store<f32>(at + atReach, sqrt<f32>(range) + 1)
}

/** Cells and rows that a layer's grid may have: it has larger cells where they would be more. A place past all others. */
export function setNear(cellsOfLayer: u32, rowsOfLayer: u32, past: u32): void {
  cellsMax = cellsOfLayer
  rowsMax = rowsOfLayer
  nowhere = past
}

/**
 * Takes down where everybody stands, in the order of the cells: once a tick, before listeners are looked at. Slots from `top` on are
 * free.
 */
export function takePlaces(top: u32): void {
  cells = 0
  const size = box(top)
  for (let layer: u32 = 0; layer < layers; layer++) fit(factsOf(layer), size)
  memory.fill(column.cellStart, 0, (<usize>cells + 2) << 2)
  countCells(top)
  sumCells()
  fillCells(top)
}

/** Finds the box in which everybody stands; how wide and how high it is. */
function box(top: u32): v128 {
  let least = f32x4.splat(f32.MAX_VALUE)
  let most = f32x4.splat(-f32.MAX_VALUE)
  for (let slot: u32 = 0; slot < top; slot++) {
    const kind = <u32>load<u8>(column.kind + slot)
    if (kind != player && kind != ghost) continue
    const place = column.placeOf(slot)
    least = f32x4.pmin(least, place)
    most = f32x4.pmax(most, place)
  }
  corner = v128.shuffle<f64>(least, least, 0, 0)
  return f32x4.max(f32x4.sub(most, least), f32x4.splat(0))
}

/** Lays a layer's grid over the box. Behind the cells of each row stands one without anybody: rows begin at whole blocks of four. */
function fit(at: usize, size: v128): void {
  const width = f32x4.extract_lane(size, 0)
  const height = f32x4.extract_lane(size, 1)
  let cell = load<f32>(at + atPreferred)
  let columns: f32 = 0
  let rows: f32 = 0
  for (; ; cell *= 1.5) {
    columns = floor<f32>(width / cell) + 1
    rows = floor<f32>(height / cell) + 1
    if (columns * rows <= <f32>cellsMax && rows <= <f32>rowsMax) break
  }
  store<f32>(at + atPerCell, 1 / cell)
  store<u32>(at + atStride, <u32>columns + 1)
  store<u32>(at + atRows, <u32>rows)
  store<u32>(at + atFirst, cells)
  store<u32>(at + atLast, <u32>columns - 1)
  store<u32>(at + atLast, <u32>rows - 1, 4)
  cells += (<u32>columns + 1) * <u32>rows
}

/** Cell by slot, and how many each has: two cells further on than it is. */
function countCells(top: u32): void {
  const cellStart = column.cellStart
  const nearAt = column.nearAt
  const places = column.place
  const from = corner
  for (let slot: u32 = 0; slot < top; slot++) {
    const kind = <u32>load<u8>(column.kind + slot)
    if (kind != player && kind != ghost) {
      store<u32>(nearAt + ((<usize>slot) << 2), u32.MAX_VALUE)
      continue
    }
    const at = factsOf(load<u8>(column.stance + slot))
    const away = f32x4.sub(v128.load(places + ((<usize>slot) << 4)), from)
    const here = f32x4.mul(away, v128.load32_splat(at + atPerCell))
    const cellOf = i32x4.min_u(i32x4.trunc_sat_f32x4_u(here), v128.load64_splat(at + atLast))
    const row = i32x4.extract_lane(cellOf, 1) * load<u32>(at + atStride)
    const cell = load<u32>(at + atFirst) + row + i32x4.extract_lane(cellOf, 0)
    store<u32>(nearAt + ((<usize>slot) << 2), cell)
    const counted = cellStart + ((<usize>cell) << 2)
    store<u32>(counted, load<u32>(counted, 8) + 1, 8)
  }
}

/** A cell's first place, one cell further on than it is: it moves on to the cell's end while that is filled, and is the next one's then. */
function sumCells(): void {
  let sum: u32 = 0
  let cell = column.cellStart
  for (let layer: u32 = 0; layer < layers; layer++) {
    const at = factsOf(layer)
    const stride = load<u32>(at + atStride)
    for (let row = load<u32>(at + atRows); row > 0; row--) {
      const last = cell + ((<usize>(stride - 1)) << 2)
      for (; cell < last; cell += 4) {
        store<u32>(cell, sum, 4)
        sum += load<u32>(cell, 8)
      }
      // Nobody stands in what is left of the row's last block.
      for (; (sum & 3) != 0; sum++) store<f32>(laneOf(sum), 1e9)
      store<u32>(cell, sum, 4)
      cell += 4
    }
  }
}

/** Puts everybody where their cell begins, and the next one behind them. */
function fillCells(top: u32): void {
  const cellStart = column.cellStart
  const nearAt = column.nearAt
  const places = column.place
  const nearSlot = column.nearSlot
  const masks = column.speakMask
  for (let slot: u32 = 0; slot < top; slot++) {
    const own = nearAt + ((<usize>slot) << 2)
    const cell = load<u32>(own)
    if (cell == u32.MAX_VALUE) {
      store<u32>(own, nowhere)
      continue
    }
    const next = cellStart + ((<usize>cell) << 2)
    const at = load<u32>(next, 4)
    store<u32>(next, at + 1, 4)
    store<u32>(own, at)
    const place = places + ((<usize>slot) << 4)
    const lane = laneOf(at)
    store<f32>(lane, load<f32>(place))
    store<f32>(lane, load<f32>(place, 4), 16)
    store<f32>(lane, load<f32>(place, 8), 32)
    store<u32>(lane, load<u32>(masks + ((<usize>slot) << 2)), 48)
    store<u16>(nearSlot + ((<usize>at) << 1), <u16>slot)
  }
}

/** Four stand in a block: their x, y, z and masks, 16 B each. */
function laneOf(at: u32): usize {
  return column.near + ((<usize>(at >> 2)) << 6) + ((<usize>(at & 3)) << 2)
}

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
