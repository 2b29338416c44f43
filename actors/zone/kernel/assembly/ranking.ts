import * as column from './columns'
import { tellSlot } from './changes'
import { slotCount } from './counts'
import { laneBits, lanesOf, rangesOfFour, squaresOfFour } from './lanes'

/** What comes on top of the rank of a member of the listener's party: more than any gain. */
const partyBonus: f32 = 1000

let cellsPerEdge: f32 = 0
let lastCell: i32 = 0
let stickiness: f32 = 0
let width: u32 = 0
let dwell: u32 = 0
let pause: u32 = 0

/**
 * `edgeFactor`: what the edge of earshot is to the range, squared; `stickyFactor`: at what share of the square of their
 * distance holders count; `cells` of the table of gains; `slots` for each listener; `dwellTicks` that a slot is kept;
 * `pauseTicks` between two that are given.
 */
export function setRanking(
  edgeFactor: f32,
  stickyFactor: f32,
  cells: i32,
  slots: u32,
  dwellTicks: u32,
  pauseTicks: u32,
): void {
  cellsPerEdge = <f32>cells / edgeFactor
  lastCell = cells
  stickiness = stickyFactor
  width = slots
  dwell = dwellTicks
  pause = pauseTicks
}

function floatOf(table: usize, at: u32): f32 {
  return load<f32>(table + ((<usize>at) << 2))
}

function mayLose(listener: u32, index: u32, tick: u32): bool {
  return ((tick - load<u16>(column.slotSince + ((<usize>(listener * width + index)) << 1))) & 0xffff) >= dwell
}

/** Slots are given out anew when one is empty, when somebody who speaks comes or begins to, and in every so manieth pair of ticks. */
const rankEveryPairs: u32 = 5
/** Of a pair it is the tick in which the middle tier is told too, so that a listener gets fewer frames; or the one look there is. */
let duePhase: u32 = 1

let most: u32 = 0

/** Listeners are looked at in every tick, or in every other one. */
export function beginRanks(isHalf: bool): void {
  duePhase = isHalf ? 0 : 1
}

/** How many media slots are in use from now on. */
export function setMost(slots: u32): void {
  most = slots
}

/** Gives the media slots of a listener out anew, if that could come out otherwise than before. */
export function rankIfDue(listener: u32, tick: u32, isStirred: bool): void {
  const members = column.membersOf(listener)
  const held = <u32>load<u8>(column.slotHeld + listener)
  if ((held == members || most == 0) && held <= most) return
  const isDue = (tick & duePhase) == 0 && ((tick >> 1) + listener) % rankEveryPairs == 0
  if (held == most && !isStirred && !isDue) return
  rank(listener, tick, members, held)
}

/** To those in earshot who rank highest: by gain, recency of speech and party. */
function rank(listener: u32, tick: u32, members: u32, held: u32): void {
  const start = column.startOf(listener)
  const best = fill(listener, start, members)
  if (held > most) shed(listener, members, held)
  const hasLoser = findLosers(listener, tick, members, best)
  if (held >= most && !hasLoser && slotCount() == 0) return
  assign(listener, tick, start, members)
  if (slotCount() == 0) return
  for (let at: u32 = 0; at < members; at++) {
    column.setMark(start + at, (column.markAt(start + at) & 3) | ((<u32>load<u8>(column.holds + <usize>at)) << 2))
  }
}

/** Scores and holders, in the order of the row; the highest score of those who hold nothing. */
function fill(listener: u32, start: u32, members: u32): f32 {
  const from = f32x4.replace_lane(column.placeOf(listener), 3, 0)
  const mates = load<u32>(column.party + ((<usize>listener) << 2))
  const last = i32x4.splat(lastCell)
  const perCell = f32x4.splat(cellsPerEdge)
  const perHeldCell = f32x4.splat(cellsPerEdge * stickiness)
  const gains = column.gain
  const weights = column.weight
  let best = f32x4.splat(-1)
  for (let n: u32 = 0; n < members; n += 4) {
    const left = members - n
    const entries = v128.load(column.entry(start + n))
    const slots = v128.and(entries, i32x4.splat(0xffff))
    const square = squaresOfFour(slots, from)
    const range = rangesOfFour()
    const holders = i32x4.shr_u(entries, 26)
    v128.store_lane<u32>(
      column.holds + <usize>n,
      i8x16.swizzle(holders, i8x16(0, 4, 8, 12, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
      0,
    )
    const isFree = i32x4.eq(holders, i32x4.splat(0))
    const cell = i32x4.min_u(
      i32x4.trunc_sat_f32x4_u(f32x4.div(f32x4.mul(square, v128.bitselect(perCell, perHeldCell, isFree)), range)),
      last,
    )
    let heard = v128.load_zero<u32>(gains + ((<usize>i32x4.extract_lane(cell, 0)) << 2))
    heard = v128.load_lane<u32>(gains + ((<usize>i32x4.extract_lane(cell, 1)) << 2), heard, 1)
    heard = v128.load_lane<u32>(gains + ((<usize>i32x4.extract_lane(cell, 2)) << 2), heard, 2)
    heard = v128.load_lane<u32>(gains + ((<usize>i32x4.extract_lane(cell, 3)) << 2), heard, 3)
    let spoken = v128.load_zero<u32>(weights + ((<usize>i32x4.extract_lane(slots, 0)) << 2))
    spoken = v128.load_lane<u32>(weights + ((<usize>i32x4.extract_lane(slots, 1)) << 2), spoken, 1)
    spoken = v128.load_lane<u32>(weights + ((<usize>i32x4.extract_lane(slots, 2)) << 2), spoken, 2)
    spoken = v128.load_lane<u32>(weights + ((<usize>i32x4.extract_lane(slots, 3)) << 2), spoken, 3)
    let scores = f32x4.mul(heard, spoken)
    if (mates != 0) scores = f32x4.add(scores, bonusOf(slots, mates))
    v128.store(column.score + ((<usize>n) << 2), scores)
    const counts = left < 4 ? v128.and(isFree, lanesOf(left)) : isFree
    const free = v128.bitselect(scores, f32x4.splat(-1), counts)
    v128.store(column.free + ((<usize>n) << 2), free)
    best = f32x4.max(best, free)
  }
  return max(
    max(f32x4.extract_lane(best, 0), f32x4.extract_lane(best, 1)),
    max(f32x4.extract_lane(best, 2), f32x4.extract_lane(best, 3)),
  )
}

function bonusOf(slots: v128, mates: u32): v128 {
  let bonus = f32x4.splat(0)
  if (isMate(i32x4.extract_lane(slots, 0), mates)) bonus = f32x4.replace_lane(bonus, 0, partyBonus)
  if (isMate(i32x4.extract_lane(slots, 1), mates)) bonus = f32x4.replace_lane(bonus, 1, partyBonus)
  if (isMate(i32x4.extract_lane(slots, 2), mates)) bonus = f32x4.replace_lane(bonus, 2, partyBonus)
  if (isMate(i32x4.extract_lane(slots, 3), mates)) bonus = f32x4.replace_lane(bonus, 3, partyBonus)
  return bonus
}

function isMate(slot: u32, mates: u32): bool {
  return load<u32>(column.party + ((<usize>slot) << 2)) == mates
}

/**
 * Writes the scores of holders who rank below `best` and may lose their slot into `losable`, and for all others more than any score.
 * Whether there is one.
 */
function findLosers(listener: u32, tick: u32, members: u32, best: f32): bool {
  let hasLoser = false
  for (let n: u32 = 0; n < members; n += 4) {
    const held = load<u32>(column.holds + <usize>n)
    const losable = column.losable + ((<usize>n) << 2)
    v128.store(losable, f32x4.splat(f32.MAX_VALUE))
    const isFree = f32x4.ge(v128.load(column.free + ((<usize>n) << 2)), f32x4.splat(0))
    const isLess = f32x4.lt(v128.load(column.score + ((<usize>n) << 2)), f32x4.splat(best))
    let bits = (<u32>i32x4.bitmask(v128.andnot(isLess, isFree))) & laneBits(members - n)
    for (; bits != 0; bits &= bits - 1) {
      const lane = ctz(bits)
      if (!mayLose(listener, ((held >> (lane << 3)) & 0xff) - 1, tick)) continue
      store<f32>(losable + ((<usize>lane) << 2), floatOf(column.score, n + lane))
      hasLoser = true
    }
  }
  return hasLoser
}

/** Gives the slots to those who rank highest, and says in the list who holds which. */
function assign(listener: u32, tick: u32, start: u32, members: u32): void {
  const linked = column.slotLinked + ((<usize>listener) << 1)
  let held = <u32>load<u8>(column.slotHeld + listener)
  let taken = load<u32>(column.slotTaken + ((<usize>listener) << 2))
  while (held < members) {
    if (pause > 0 && ((tick - load<u16>(linked)) & 0xffff) < pause) break
    const best = strongest(members)
    let index: u32
    if (held < most) {
      index = ctz(~taken)
      taken |= 1 << index
      held++
    } else {
      const loser = weakest(members)
      if (loser < 0 || floatOf(column.free, best) <= floatOf(column.losable, loser)) break
      index = <u32>load<u8>(column.holds + <usize>loser) - 1
      free(loser)
    }
    store<u8>(column.holds + <usize>best, <u8>(index + 1))
    store<f32>(column.free + ((<usize>best) << 2), -1)
    store<f32>(column.losable + ((<usize>best) << 2), dwell == 0 ? floatOf(column.score, best) : f32.MAX_VALUE)
    store<u16>(column.slotSince + ((<usize>(listener * width + index)) << 1), <u16>tick)
    store<u16>(linked, <u16>tick)
    tellSlot(index, column.aliasAt(start + best))
  }
  store<u8>(column.slotHeld + listener, <u8>held)
  store<u32>(column.slotTaken + ((<usize>listener) << 2), taken)
}

/** Somebody holds a slot no more, and stands with the others. */
function free(rank: u32): void {
  store<u8>(column.holds + <usize>rank, 0)
  store<f32>(column.free + ((<usize>rank) << 2), floatOf(column.score, rank))
  store<f32>(column.losable + ((<usize>rank) << 2), f32.MAX_VALUE)
}

/** Fewer slots than before: those who rank lowest give theirs up, dwell or not. */
function shed(listener: u32, members: u32, held: u32): void {
  let taken = load<u32>(column.slotTaken + ((<usize>listener) << 2))
  for (let left = held; left > most; left--) {
    let lowest: u32 = 0
    let score = f32.MAX_VALUE
    for (let n: u32 = 0; n < members; n++) {
      if (load<u8>(column.holds + <usize>n) == 0 || floatOf(column.score, n) >= score) continue
      score = floatOf(column.score, n)
      lowest = n
    }
    const index = <u32>load<u8>(column.holds + <usize>lowest) - 1
    free(lowest)
    taken &= ~(1 << index)
    tellSlot(index, 0)
  }
  store<u8>(column.slotHeld + listener, <u8>most)
  store<u32>(column.slotTaken + ((<usize>listener) << 2), taken)
}

/** The highest ranked of those who hold nothing; there is one. */
function strongest(members: u32): u32 {
  let best = f32x4.splat(-1)
  for (let n: u32 = 0; n < members; n += 4) best = f32x4.max(best, v128.load(column.free + ((<usize>n) << 2)))
  const score = max(
    max(f32x4.extract_lane(best, 0), f32x4.extract_lane(best, 1)),
    max(f32x4.extract_lane(best, 2), f32x4.extract_lane(best, 3)),
  )
  return <u32>firstWith(column.free, members, score)
}

/** The lowest ranked of those who may lose their slot; -1 for none. */
function weakest(members: u32): i32 {
  let least = f32x4.splat(f32.MAX_VALUE)
  for (let n: u32 = 0; n < members; n += 4) least = f32x4.min(least, v128.load(column.losable + ((<usize>n) << 2)))
  const score = min(
    min(f32x4.extract_lane(least, 0), f32x4.extract_lane(least, 1)),
    min(f32x4.extract_lane(least, 2), f32x4.extract_lane(least, 3)),
  )
  return score == f32.MAX_VALUE ? -1 : firstWith(column.losable, members, score)
}

/** The first rank with that score in a column of them; there is one. */
function firstWith(scores: usize, members: u32, score: f32): i32 {
  for (let n: u32 = 0; n < members; n += 4) {
    const bits = <u32>i32x4.bitmask(f32x4.eq(v128.load(scores + ((<usize>n) << 2)), f32x4.splat(score)))
    if (bits != 0) return <i32>(n + ctz(bits))
  }
  return 0
}
