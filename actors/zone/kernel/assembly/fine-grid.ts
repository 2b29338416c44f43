import * as column from './columns'
import { laneBits } from './lanes'
import { isFull, isMet, limit, offer } from './nearest'

/*
 * Where everybody stands at this tick, finely and in the order of the cells: one grid of all, and one of those who speak. Counted out
 * anew in each tick in which there is a crowd, around those who are in one; who stands outside the box is not in it.
 */
export const everyone: u32 = 0
export const speakers: u32 = 1

/** What belongs to a grid stands in `fine`, in this order, 4 B each. */
const facts: usize = 32
const atPreferred: usize = 0
const atCell: usize = 4
const atColumns: usize = 8
const atRows: usize = 12

let length: u32 = 0
let cellsMax: u32 = 0
let farthest: f32 = 0
let left: f32 = 0
let bottom: f32 = 0
let right: f32 = 0
let upper: f32 = 0
let used: u32 = 0

function factsOf(grid: u32): usize {
  return column.fine + <usize>grid * facts
}

/** Where the grid's part of a column begins, in entries. */
function firstOf(grid: u32): u32 {
  return grid * length
}

function startsOf(grid: u32): usize {
  return column.fineStart + ((<usize>(grid * (cellsMax + 2))) << 2)
}

/** Entries of a grid in a column; cells that a grid may have; sides of a cell of both, which become larger where they would be too many; the longest range. Steps. */
export function setFineGrids(entries: u32, cells: u32, ofAll: f32, ofSpeakers: f32, range: f32): void {
  length = entries
  cellsMax = cells
  farthest = range
  store<f32>(factsOf(everyone) + atPreferred, ofAll)
  store<f32>(factsOf(speakers) + atPreferred, ofSpeakers)
}

/** The most cells that either grid ever had. */
export function fineCells(): u32 {
  return used
}

/** Takes down where everybody stands, around those in crowds or everywhere. Who has spoken at the tick `speech` or since is a speaker. */
export function takeFine(top: u32, speech: i32, isAll: bool): void {
  left = f32.MAX_VALUE
  bottom = f32.MAX_VALUE
  right = -f32.MAX_VALUE
  upper = -f32.MAX_VALUE
  for (let slot: u32 = 0; slot < top; slot++) {
    if (isAll ? !column.stands(slot) : load<u8>(column.crowd + slot) == 0) continue
    const place = column.place + ((<usize>slot) << 4)
    const x = load<f32>(place)
    const y = load<f32>(place, 4)
    left = min(left, x)
    bottom = min(bottom, y)
    right = max(right, x)
    upper = max(upper, y)
  }
  left -= farthest
  bottom -= farthest
  right += farthest
  upper += farthest
  build(everyone, top, i32.MIN_VALUE)
  build(speakers, top, speech)
}

/** Whether whoever may be in range of that listener is in the grids. */
export function covers(listener: u32): bool {
  const place = column.place + ((<usize>listener) << 4)
  const x = load<f32>(place)
  const y = load<f32>(place, 4)
  return x >= left + farthest && x <= right - farthest && y >= bottom + farthest && y <= upper - farthest
}

function build(grid: u32, top: u32, speech: i32): void {
  const at = factsOf(grid)
  const width = right - left + 1
  const height = upper - bottom + 1
  let cell = load<f32>(at + atPreferred)
  while (ceil<f32>(width / cell) * ceil<f32>(height / cell) > <f32>cellsMax) cell *= 2
  const columns = max<u32>(1, <u32>ceil<f32>(width / cell))
  const rows = max<u32>(1, <u32>ceil<f32>(height / cell))
  store<f32>(at + atCell, cell)
  store<u32>(at + atColumns, columns)
  store<u32>(at + atRows, rows)
  const starts = startsOf(grid)
  const cells = columns * rows
  used = max(used, cells)
  memory.fill(starts, 0, (<usize>cells + 2) << 2)
  for (let slot: u32 = 0; slot < top; slot++) {
    const own = column.fineCell + ((<usize>slot) << 2)
    store<u32>(own, u32.MAX_VALUE)
    if (!column.stands(slot) || load<i32>(column.spokeAt + ((<usize>slot) << 2)) < speech) continue
    const place = column.place + ((<usize>slot) << 4)
    const x = load<f32>(place)
    const y = load<f32>(place, 4)
    if (x < left || x > right || y < bottom || y > upper) continue
    const its = cellAt(y - bottom, cell, rows) * columns + cellAt(x - left, cell, columns)
    store<u32>(own, its)
    const counted = starts + ((<usize>its) << 2)
    store<u32>(counted, load<u32>(counted, 8) + 1, 8)
  }
  // As in `takePlaces`: a cell's first place stands one cell further on until it is filled.
  let sum = firstOf(grid)
  const end = starts + ((<usize>cells + 2) << 2)
  for (let at = starts; at < end; at += 4) {
    sum += load<u32>(at)
    store<u32>(at, sum)
  }
  for (let slot: u32 = 0; slot < top; slot++) {
    const its = load<u32>(column.fineCell + ((<usize>slot) << 2))
    if (its == u32.MAX_VALUE) continue
    const next = starts + ((<usize>its) << 2)
    const at = load<u32>(next, 4)
    store<u32>(next, at + 1, 4)
    const place = column.place + ((<usize>slot) << 4)
    store<f32>(column.fineX + ((<usize>at) << 2), load<f32>(place))
    store<f32>(column.fineY + ((<usize>at) << 2), load<f32>(place, 4))
    store<f32>(column.fineZ + ((<usize>at) << 2), load<f32>(place, 8))
    store<f32>(column.fineRange + ((<usize>at) << 2), load<f32>(place, 12))
    store<u32>(column.fineMask + ((<usize>at) << 2), load<u32>(column.speakMask + ((<usize>slot) << 2)))
    store<u16>(column.fineSlot + ((<usize>at) << 1), <u16>slot)
  }
}

/**
 * Offers whoever of a grid may be among the nearest, is in range and has a mask that meets, and was not met before: those in the box
 * around the listener if there are enough already, ring by ring of cells if not, until there are and nobody farther out could be nearer.
 */
export function searchFine(grid: u32, listener: u32, scale: f32): void {
  const at = factsOf(grid)
  const place = column.place + ((<usize>listener) << 4)
  const cell = load<f32>(at + atCell)
  const columns = load<u32>(at + atColumns)
  const rows = load<u32>(at + atRows)
  const x = load<f32>(place) - left
  const y = load<f32>(place, 4) - bottom
  const reach = farthest * sqrt<f32>(scale)
  if (isFull()) {
    const far = min(sqrt<f32>(limit()) + 1, reach)
    const from = cellAt(x - far, cell, columns)
    const to = cellAt(x + far, cell, columns)
    const last = cellAt(y + far, cell, rows)
    for (let row = cellAt(y - far, cell, rows); row <= last; row++)
      searchRun(grid, listener, row * columns, from, to, scale)
    return
  }
  const own = <i32>cellAt(x, cell, columns)
  const ownRow = <i32>cellAt(y, cell, rows)
  const inX = x - <f32>own * cell
  const inY = y - <f32>ownRow * cell
  // Whoever stands in ring r is at least r cells away, less where the listener stands within their own.
  const near = max(max(inX, cell - inX), max(inY, cell - inY))
  for (let ring: i32 = 0; ; ring++) {
    const least = <f32>ring * cell - near
    if (least > reach) return
    if (least > 0 && isFull() && least * least > limit()) return
    const first = max(own - ring, 0)
    const last = min(own + ring, <i32>columns - 1)
    const top = min(ownRow + ring, <i32>rows - 1)
    for (let row = max(ownRow - ring, 0); row <= top; row++) {
      const run = <u32>row * columns
      if (row == ownRow + ring || row == ownRow - ring) searchRun(grid, listener, run, first, last, scale)
      else {
        if (own - ring >= 0) searchRun(grid, listener, run, own - ring, own - ring, scale)
        if (own + ring < <i32>columns) searchRun(grid, listener, run, own + ring, own + ring, scale)
      }
    }
  }
}

function cellAt(value: f32, cell: f32, count: u32): u32 {
  return min(<u32>max<f32>(value / cell, 0), count - 1)
}

/** A run of cells of one row: its people stand side by side. */
function searchRun(grid: u32, listener: u32, row: u32, from: u32, to: u32, scale: f32): void {
  const starts = startsOf(grid) + ((<usize>row) << 2)
  const end = load<u32>(starts + ((<usize>to) << 2), 4)
  const place = column.place + ((<usize>listener) << 4)
  const x = v128.load32_splat(place)
  const y = v128.load32_splat(place, 4)
  const z = v128.load32_splat(place, 8)
  const hears = v128.load32_splat(column.hearMask + ((<usize>listener) << 2))
  const scales = f32x4.splat(scale)
  for (let at = load<u32>(starts + ((<usize>from) << 2)); at < end; at += 4) {
    const four = (<usize>at) << 2
    const dx = f32x4.sub(v128.load(column.fineX + four), x)
    const dy = f32x4.sub(v128.load(column.fineY + four), y)
    const dz = f32x4.sub(v128.load(column.fineZ + four), z)
    const square = f32x4.add(f32x4.add(f32x4.mul(dx, dx), f32x4.mul(dy, dy)), f32x4.mul(dz, dz))
    const most = f32x4.pmin(f32x4.mul(v128.load(column.fineRange + four), scales), f32x4.splat(limit()))
    const isDeaf = i32x4.eq(v128.and(v128.load(column.fineMask + four), hears), i32x4.splat(0))
    const isIn = v128.andnot(f32x4.le(square, most), isDeaf)
    let bits = (<u32>i32x4.bitmask(isIn)) & laneBits(end - at)
    if (bits == 0) continue
    v128.store(column.lanes, square)
    for (; bits != 0; bits &= bits - 1) {
      const lane = ctz(bits)
      const slot = <u32>load<u16>(column.fineSlot + ((<usize>(at + lane)) << 1))
      if (slot != listener && !isMet(slot)) offer(slot, <f64>load<f32>(column.lanes + ((<usize>lane) << 2)))
    }
  }
}
