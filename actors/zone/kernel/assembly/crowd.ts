import * as column from './columns'
import { covers, everyone, searchFine, speakers, takeFine } from './fine-grid'
import { beginSearch, choose, chooseNearest, chosenCount, holdUp, isChosen, takeBack, want } from './nearest'
import { beginKeeping, keep, tierBetween } from './members'
import { settle } from './row'

let crowdMax: u32 = 0
let speakersMax: u32 = 0
let stickiness: f64 = 0
let edge: f32 = 0
let scale: f32 = 1
let top: u32 = 0
let speech: i32 = 0
/** How much of the fine grids stands for this tick: 0 nothing, 1 around those in crowds, 2 everything. */
let taken: u32 = 0

/**
 * How many somebody in a crowd has in earshot, and how many of them because they speak; at what share of
 * the square of their distance who is in earshot counts; the edge of earshot to the range, squared.
 */
export function setCrowd(most: u32, mostSpeakers: u32, stickyFactor: f64, edgeFactor: f32): void {
  crowdMax = most
  speakersMax = mostSpeakers
  stickiness = stickyFactor
  edge = edgeFactor
}

/** What part of the square of their range those in crowds hear from now on. */
export function setCrowdScale(share: f32): void {
  scale = share
}

/** Slots from `slots` on are free; who has spoken at the tick `since` or later speaks. */
export function beginCrowds(slots: u32, since: i32): void {
  top = slots
  speech = since
  taken = 0
}

/**
 * Looks at somebody in a crowd: the party, those who speak, and the nearest. Whoever is in earshot already counts as nearer than they
 * are. Tells as `look` does. `isSudden`: a look at their row has just found too many.
 */
export function lookAtCrowd(listener: u32, tick: u32, isSudden: bool): u32 {
  if (taken == 0) {
    takeFine(top, speech, false)
    taken = 1
  }
  if (taken == 1 && !covers(listener)) {
    takeFine(top, speech, true)
    taken = 2
  }
  beginKeeping(isSudden)
  beginSearch()
  const start = column.startOf(listener)
  const end = start + column.membersOf(listener)
  chooseParty(listener, start, end)
  chooseOf(speakers, listener, start, end, min(speakersMax, crowdMax - chosenCount()))
  chooseOf(everyone, listener, start, end, crowdMax - chosenCount())
  let leaves: u32 = 0
  for (let at = start; at < end; at++) {
    const peer = column.peerAt(at)
    if (isChosen(peer)) {
      keep(at, column.squareBetween(listener, peer))
      // Who stays does not enter.
      takeBack(peer)
    } else {
      store<u32>(column.leaveAt + ((<usize>leaves) << 2), at)
      leaves++
    }
  }
  let enters: u32 = 0
  for (let n: u32 = 0; n < chosenCount(); n++) {
    const peer = <u32>load<u16>(column.chosenSlot + ((<usize>n) << 1))
    if (!isChosen(peer)) continue
    store<u16>(column.foundSlot + ((<usize>enters) << 1), <u16>peer)
    store<u8>(column.foundTier + <usize>enters, <u8>tierBetween(listener, peer))
    enters++
  }
  return settle(listener, tick, enters, leaves)
}

/** Chooses the nearest of a grid, among them those of the row who are held up against them. */
function chooseOf(grid: u32, listener: u32, start: u32, end: u32, most: u32): void {
  if (most == 0) return
  want(most)
  const hears = load<u32>(column.hearMask + ((<usize>listener) << 2))
  const far = edge * scale
  for (let at = start; at < end; at++) {
    const peer = column.peerAt(at)
    if (isChosen(peer) || !column.meets(hears, peer)) continue
    if (grid == speakers && load<i32>(column.spokeAt + ((<usize>peer) << 2)) < speech) continue
    const square = column.squareBetween(listener, peer)
    if (square <= rangeOf(peer) * far) holdUp(peer, <f64>square * stickiness)
  }
  searchFine(grid, listener, scale)
  chooseNearest()
}

/** The party, in range or, for who is in earshot, not past the edge; and with masks that meet. */
function chooseParty(listener: u32, start: u32, end: u32): void {
  if (load<u32>(column.party + ((<usize>listener) << 2)) == 0) return
  const hears = load<u32>(column.hearMask + ((<usize>listener) << 2))
  for (let mate = nextOf(listener); mate != listener; mate = nextOf(mate)) {
    if (chosenCount() >= crowdMax) return
    const far = isInRow(mate, start, end) ? edge * scale : scale
    if (column.meets(hears, mate) && column.squareBetween(listener, mate) <= rangeOf(mate) * far) choose(mate)
  }
}

function nextOf(mate: u32): u32 {
  return load<u16>(column.partyNext + ((<usize>mate) << 1))
}

function isInRow(peer: u32, start: u32, end: u32): bool {
  for (let at = start; at < end; at++) if (column.peerAt(at) == peer) return true
  return false
}

function rangeOf(slot: u32): f32 {
  return load<f32>(column.place + ((<usize>slot) << 4), 12)
}
