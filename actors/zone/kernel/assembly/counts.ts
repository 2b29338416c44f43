import * as column from './columns'

/*
 * How many changes of each kind there are for the listener who is looked at. Kept here and written to `counts` at the end: five
 * bytes that are written one by one and read as a whole would hold up every look.
 */
let enters: u32 = 0
let renews: u32 = 0
let leaves: u32 = 0
let updates: u32 = 0
let slots: u32 = 0

export function clearCounts(): void {
  enters = 0
  renews = 0
  leaves = 0
  updates = 0
  slots = 0
}

export function setMoves(entering: u32, leaving: u32): void {
  enters = entering
  leaves = leaving
}

export function setNews(renewed: u32, updated: u32): void {
  renews = renewed
  updates = updated
}

export function setSlots(told: u32): void {
  slots = told
}

export function renewCount(): u32 {
  return renews
}

export function updateCount(): u32 {
  return updates
}

export function slotCount(): u32 {
  return slots
}

/** Writes them down, in the order of changes.ts, if there are any. */
export function tellCounts(): bool {
  if ((enters | renews | leaves | updates | slots) == 0) return false
  store<u8>(column.counts, <u8>enters)
  store<u8>(column.counts, <u8>renews, 1)
  store<u8>(column.counts, <u8>leaves, 2)
  store<u8>(column.counts, <u8>updates, 3)
  store<u8>(column.counts, <u8>slots, 4)
  return true
}
