import * as column from './columns'
import { beginCrowds, lookAtCrowd } from './crowd'
import { countPulses } from './members'
import { hasMoreInRange } from './near'
import { takePlaces } from './places'
import { beginRanks } from './ranking'
import { look, tooMany } from './row'
import { speechSince, weigh } from './speech'

/** Somebody in a crowd is looked at every so many ticks whether it still is one. */
const calmEveryTicks: u32 = 16

let calm: u32 = 0
/** Which pulses count: those of this tick, or those of the one before, too. */
const ofOneTick: u32 = 0b0100_0111
const ofTwoTicks: u32 = 0b1111_1111

let tick: u32 = 0
let at: u32 = 0
let top: u32 = 0
let isHalf: bool = false

/** No more than so many are in range when a crowd is over. */
export function setCalm(most: u32): void {
  calm = most
}

/**
 * Before a tick's looks: what speech weighs, and who stands where. Slots from `slots` on are free. Every listener is looked at, or
 * every other one.
 */
export function beginTick(number: u32, slots: u32, half: bool): void {
  weigh(slots, number)
  takePlaces(slots)
  // Where not everybody is looked at, or was in the tick before, nobody may miss a word of that one.
  countPulses(half || isHalf ? ofTwoTicks : ofOneTick)
  beginCrowds(slots, speechSince(number))
  beginRanks(half)
  tick = number
  at = 0
  top = slots
  isHalf = half
}

/** Everybody has been looked at. */
const nobody: u32 = 0xffff_ffff

/**
 * Goes on looking at one listener after the other, by slot: what a tick reads of listeners is read on and on. (By where they stand,
 * which keeps at hand what neighbours look at, took 1.4 times as long.) Stops where something is new to one: tells who, and the
 * columns of changes what; `nobody` at the end.
 */
export function next(): u32 {
  while (at < top) {
    const slot = at++
    if (!column.listens(slot) || (isHalf && ((slot + tick) & 1) == 1)) continue
    if (lookAt(slot) != 0) return slot
  }
  return nobody
}

function lookAt(listener: u32): u32 {
  const crowd = column.crowd + listener
  const wasCrowd = load<u8>(crowd) == 1
  if (wasCrowd && ((tick + listener) % calmEveryTicks != 0 || hasMoreInRange(listener, calm))) {
    return lookAtCrowd(listener, tick, false)
  }
  const said = look(listener, tick)
  store<u8>(crowd, said == tooMany)
  return said == tooMany ? lookAtCrowd(listener, tick, true) : said
}
