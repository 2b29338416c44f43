import * as column from './columns'

/*
 * The nearest so far, in a heap with the farthest on top, and who is chosen. A search has two numbers of its own: by the first it
 * remembers who was held up, by the second whom it chose.
 */

/** Less than 1 for any slot: of two at the same distance the lower slot is nearer, in whichever order they are met. */
const tieBreak: f64 = 1.0 / <f64>(1 << 20)

let search: u32 = 0
let count: u32 = 0
let most: u32 = 0
let chosen: u32 = 0

/** A new search: nobody is chosen. */
export function beginSearch(): void {
  chosen = 0
  search += 2
  if (search < 0xffff_fff0) return
  memory.fill(column.met, 0, (<usize>column.slotsMost()) << 2)
  search = 2
}

function metAt(slot: u32): usize {
  return column.met + ((<usize>slot) << 2)
}

export function isMet(slot: u32): bool {
  return load<u32>(metAt(slot)) >= search
}

export function isChosen(slot: u32): bool {
  return load<u32>(metAt(slot)) == search + 1
}

export function chosenCount(): u32 {
  return chosen
}

/** Chooses somebody; `chosenSlot` has them in no order. */
export function choose(slot: u32): void {
  store<u32>(metAt(slot), search + 1)
  store<u16>(column.chosenSlot + ((<usize>chosen) << 1), <u16>slot)
  chosen++
}

/** Who was chosen is so no more. */
export function takeBack(slot: u32): void {
  store<u32>(metAt(slot), search)
}

/** So many of the nearest are wanted from now on. */
export function want(nearest: u32): void {
  most = nearest
  count = 0
}

export function isFull(): bool {
  return count >= most
}

/** What is farther than the square of this distance is not wanted. */
export function limit(): f32 {
  return count < most ? f32.MAX_VALUE : <f32>(load<f64>(column.heapScore) + 1)
}

/** Chooses all that were held up and found. */
export function chooseNearest(): void {
  for (let at: u32 = 0; at < count; at++) choose(load<u16>(column.heapSlot + ((<usize>at) << 1)))
  count = 0
}

/** Somebody is held up, as standing at that square of a distance, before the search comes by: it passes them over. */
export function holdUp(slot: u32, distance: f64): void {
  store<u32>(metAt(slot), search)
  offer(slot, distance)
}

/** Somebody stands at that square of a distance. */
export function offer(slot: u32, distance: f64): void {
  const square = distance + <f64>slot * tieBreak
  if (count < most) {
    let at = count++
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (scoreAt(parent) >= square) break
      move(parent, at)
      at = parent
    }
    put(at, square, slot)
    return
  }
  if (most == 0 || square >= scoreAt(0)) return
  let at: u32 = 0
  for (;;) {
    let child = at * 2 + 1
    if (child >= most) break
    if (child + 1 < most && scoreAt(child + 1) > scoreAt(child)) child++
    if (scoreAt(child) <= square) break
    move(child, at)
    at = child
  }
  put(at, square, slot)
}

function scoreAt(at: u32): f64 {
  return load<f64>(column.heapScore + ((<usize>at) << 3))
}

function put(at: u32, score: f64, slot: u32): void {
  store<f64>(column.heapScore + ((<usize>at) << 3), score)
  store<u16>(column.heapSlot + ((<usize>at) << 1), <u16>slot)
}

function move(from: u32, to: u32): void {
  put(to, scoreAt(from), load<u16>(column.heapSlot + ((<usize>from) << 1)))
}
