import * as column from './columns'

/*
 * The grids of a tick: everybody in the order of the cells in which they stand, one grid for each stance, so that one who shouts does
 * not make everybody look twice as far. `near.ts` looks around in them.
 */
export const layers: u32 = 3

let cells: u32 = 0
let cellsMax: u32 = 0
let rowsMax: u32 = 0
/** A place past all others. */
export let nowhere: u32 = 0
/** Where the box begins in which everybody stands, x and y twice. */
export let corner: v128 = f32x4.splat(0)

// What belongs to a layer stands in `layer`, in this order, 4 B each.
const facts: usize = 48
export const atPerCell: usize = 0
export const atLast: usize = 4
export const atStride: usize = 12
export const atRows: usize = 16
export const atFirst: usize = 20
export const atReach: usize = 24
export const atRange: usize = 28
const atPreferred: usize = 32

export function factsOf(layer: u32): usize {
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
    if (!column.stands(slot)) continue
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
    if (!column.stands(slot)) {
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
