import * as column from './columns'
import { clearCounts, renewCount, setNews, updateCount } from './counts'
import { laneBits, lanesOf, rangesOfFour, squaresOfFour } from './lanes'
import { sumOf } from './near'

/** A bit of a pulse: something else changed of them than their place. */
export const renewed: u32 = 0x100
/** The bits of a pulse that say somebody began to speak in this tick, or in the one before. */
const onset: u32 = 0xc0

/** Tiers of closeness by lane: where one is entered and, farther out, where it is left, steps². */
let innerSquares: v128 = f32x4.splat(0)
let outerSquares: v128 = f32x4.splat(0)
let end1: f32 = 0
let end2: f32 = 0
let left1: f32 = 0
let left2: f32 = 0
let edge: f32 = 0
let pulses: u32 = 0
/** Whether somebody in earshot of the listener began to speak. */
let hasOnset: bool = false
/** How many of those in earshot of the listener stay, and are within range. */
let stayInRange: u32 = 0
/** Whether the listener is told where all are: what was found of them before was not told. */
let isAllTold: bool = false

/**
 * Where the first two tiers end, steps²; how much farther they are left, as a factor of the square; the edge of earshot to the range,
 * squared.
 */
export function setTiers(first: f32, second: f32, band: f32, edgeFactor: f32): void {
  end1 = first
  end2 = second
  left1 = first * band
  left2 = second * band
  innerSquares = f32x4(0, end1, end2, 0)
  outerSquares = f32x4(left1, left2, f32.MAX_VALUE, 0)
  edge = edgeFactor
}

/** Which bits of a pulse count in this tick. */
export function countPulses(bits: u32): void {
  pulses = bits
}

export function tierOf(square: f32): u32 {
  return square < end1 ? 0 : square < end2 ? 1 : 2
}

/** Of somebody, as seen by a listener. */
export function tierBetween(listener: u32, peer: u32): u32 {
  return tierOf(column.squareBetween(listener, peer))
}

/** Of the listener who was looked at last. */
export function someoneBegan(): bool {
  return hasOnset
}

export function stayingInRange(): u32 {
  return stayInRange
}

/** Before members are looked at one by one; with `tellAll` the listener is told where each of them is. */
export function beginKeeping(tellAll: bool): void {
  clearCounts()
  hasOnset = false
  isAllTold = tellAll
}

/** Somebody stays in earshot at that distance: what is new of them. */
export function keep(entry: u32, square: f32): void {
  const peer = column.peerAt(entry)
  const beat = (<u32>load<u16>(column.pulse + ((<usize>peer) << 1))) & (pulses | renewed)
  if ((beat & onset) != 0) hasOnset = true
  let renews = renewCount()
  let updates = updateCount()
  if ((beat & renewed) != 0) renews = tellRenewed(entry, peer, renews)
  const was = column.markAt(entry) & 3
  const now = tierAfter(was, square)
  if (isAllTold || now != was || (beat & (0b1001 << was)) != 0) updates = tellUpdate(entry, peer, now, updates)
  setNews(renews, updates)
}

/**
 * Those in earshot, entries `start` to `end`, of a listener at `from`: what is new of them. Their masks are looked at where they, or the
 * listener's, are renewed. How many leave: their entries stand in `leaveAt`.
 */
export function lookAtMembers(start: u32, end: u32, from: v128, hears: u32, isRenewed: bool): u32 {
  const told = i32x4(0b1001, 0b1001 << 1, 0b1001 << 2, 0)
  const counted = i32x4.splat(pulses | renewed)
  const always = i32x4.splat(renewed)
  const edges = f32x4.splat(edge)
  const inner = innerSquares
  const outer = outerSquares
  const beatsOf = column.pulse
  let onsets = i32x4.splat(0)
  let inside = i32x4.splat(0)
  let deaf: u32 = 0
  let leaves: u32 = 0
  let updates: u32 = 0
  let renews: u32 = 0
  for (let at = start; at < end; at += 4) {
    const left = end - at
    const entries = v128.load(column.entry(at))
    const slots = v128.and(entries, i32x4.splat(0xffff))
    const square = squaresOfFour(slots, from)
    const range = rangesOfFour()
    // Four bytes that pick a lane of a table with a value for each tier.
    const tier = v128.and(i32x4.shr_u(entries, 24), i32x4.splat(3))
    const tiers = i32x4.add(i32x4.mul(tier, i32x4.splat(0x04040404)), i32x4.splat(0x03020100))
    let beats = v128.load_zero<u32>(pulseOf(beatsOf, i32x4.extract_lane(slots, 0)))
    beats = v128.load_lane<u16>(pulseOf(beatsOf, i32x4.extract_lane(slots, 1)), beats, 2)
    beats = v128.load_lane<u16>(pulseOf(beatsOf, i32x4.extract_lane(slots, 2)), beats, 4)
    beats = v128.load_lane<u16>(pulseOf(beatsOf, i32x4.extract_lane(slots, 3)), beats, 6)
    beats = v128.and(beats, counted)
    onsets = v128.or(onsets, left < 4 ? v128.and(beats, lanesOf(left)) : beats)
    const news = v128.and(beats, v128.or(i8x16.swizzle(told, tiers), always))
    const isNews = i32x4.ne(news, i32x4.splat(0))
    const isOut = f32x4.gt(square, f32x4.mul(range, edges))
    const isIn = f32x4.le(square, range)
    inside = i32x4.sub(inside, left < 4 ? v128.and(isIn, lanesOf(left)) : isIn)
    const isElsewhere = v128.or(
      f32x4.lt(square, i8x16.swizzle(inner, tiers)),
      f32x4.ge(square, i8x16.swizzle(outer, tiers)),
    )
    let bits = <u32>i32x4.bitmask(v128.or(v128.or(isNews, isOut), isElsewhere))
    if (isRenewed) bits = 15
    bits &= laneBits(left)
    if (bits == 0) continue
    const out = <u32>i32x4.bitmask(isOut)
    v128.store(column.lanes, square)
    v128.store(column.lanes, beats, 16)
    do {
      const lane = ctz(bits)
      bits &= bits - 1
      const entry = at + lane
      const peer = column.peerAt(entry)
      const beat = load<u32>(column.lanes + ((<usize>lane) << 2), 16)
      const isNew = (beat & renewed) != 0
      const isDeaf = (isRenewed || isNew) && !column.meets(hears, peer)
      if (((out >> lane) & 1) != 0 || isDeaf) {
        deaf += ((<u32>i32x4.bitmask(isIn)) >> lane) & 1
        store<u32>(column.leaveAt + ((<usize>leaves) << 2), entry)
        leaves++
        continue
      }
      if (isNew) renews = tellRenewed(entry, peer, renews)
      const was = column.markAt(entry) & 3
      const now = tierAfter(was, load<f32>(column.lanes + ((<usize>lane) << 2)))
      if (now != was || (beat & (0b1001 << was)) != 0) updates = tellUpdate(entry, peer, now, updates)
    } while (bits != 0)
  }
  hasOnset = v128.any_true(v128.and(onsets, i32x4.splat(onset)))
  stayInRange = sumOf(inside) - deaf
  setNews(renews, updates)
  return leaves
}

function pulseOf(pulseColumn: usize, slot: u32): usize {
  return pulseColumn + ((<usize>slot) << 1)
}

/** The listener is told of somebody anew, under the alias they have. How many are. */
function tellRenewed(entry: u32, peer: u32, renews: u32): u32 {
  store<u8>(column.renewAlias + <usize>renews, column.aliasAt(entry))
  store<u16>(column.renewPeer + ((<usize>renews) << 1), <u16>peer)
  store<u8>(column.renewTier + <usize>renews, <u8>(column.markAt(entry) & 3))
  return renews + 1
}

/** The listener is told where somebody is, by that tier. How many are. */
function tellUpdate(entry: u32, peer: u32, tier: u32, updates: u32): u32 {
  column.setMark(entry, (column.markAt(entry) & 0xfc) | tier)
  store<u8>(column.updateAlias + <usize>updates, column.aliasAt(entry))
  store<u16>(column.updatePeer + ((<usize>updates) << 1), <u16>peer)
  store<u8>(column.updateTier + <usize>updates, <u8>tier)
  return updates + 1
}

/** The tier of somebody at that distance who was in `was`: left outwards later than it is entered. */
function tierAfter(was: u32, square: f32): u32 {
  const stays = was == 0 ? square < left1 : was == 1 ? square >= end1 && square < left2 : square >= end2
  return stays ? was : tierOf(square)
}
