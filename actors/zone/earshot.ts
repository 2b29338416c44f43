import { gainTable } from '../../protocol/zone/attenuation.ts'
import { AudibleSlots, Ranking } from './audible.ts'
import { ListenerChanges } from './changes.ts'
import { CrowdSearch } from './crowd-search.ts'
import { tierEnds, type DeadReckoning } from './dead-reckoning.ts'
import type { Neighbours } from './neighbours.ts'
import type { PlayerColumns } from './players.ts'
import { rangeSteps, stances, type ZoneRules } from '../../protocol/zone/rules.ts'

/** What comes on top of the rank of a member of the listener's party: more than any gain. */
const partyBonus = 1000

/** Somebody in a crowd is looked at every so many ticks whether it still is one. */
const calmEveryTicks = 16

/** The bits of a pulse that say somebody began to speak in this tick, or in the one before. */
const onset = 0b1100_0000

/** Places are given out anew when somebody comes, goes or begins to speak, and in every so manieth tick. */
const rankEveryTicks = 10

/** It is over when no more than this share of `earshotMax` is in range. */
const calmShare = 0.75

/** A tier is left outwards at this many times the distance at which it is entered, squared. */
const tierBand = 1.1 ** 2

const innerSquares = [0, tierEnds[0]! ** 2, tierEnds[1]! ** 2] as const
const outerSquares = [tierEnds[0]! ** 2 * tierBand, tierEnds[1]! ** 2 * tierBand, Number.POSITIVE_INFINITY] as const

const tierOf = (square: number): number => (square < innerSquares[1] ? 0 : square < innerSquares[2] ? 1 : 2)

/** Whom a listener has in earshot, entry by entry, and the alias that was given out last. Media slots from 0, -1 for none. */
export interface Heard {
  readonly peers: readonly { readonly slot: number; readonly alias: number; readonly mediaSlot: number }[]
  readonly lastAlias: number
}

/**
 * Decides, for one listener after the other, who is in earshot and who is audible. Earshot has a band: somebody comes in at the
 * range of their stance and goes out at `hysteresis` times that, and in between nothing changes.
 *
 * What a row's mark says: bits 0 and 1 the tier by which the listener was told last, bits 2 to 7 the media slot + 1.
 */
export class Earshot {
  /** What changed for the listener that was looked at last. */
  readonly changes = new ListenerChanges()
  readonly slots: AudibleSlots
  /** What part of the square of their range those in a crowd hear: 1, less when the zone is overloaded. */
  crowdScale = 1
  /** What somebody's speech weighs at this tick, by slot. */
  readonly #weight: Float32Array
  /** Which pulses count: those of this tick, and of the one before for listeners who were not looked at then. */
  #pulses = 0b0100_0111
  /** The alias given out last, by listener. */
  readonly #alias: Uint8Array
  readonly #gain: Float32Array
  readonly #edgeFactor: number
  readonly #holdTicks: number
  readonly #fadeTicks: number
  readonly #rules: ZoneRules
  readonly #players: PlayerColumns
  readonly #neighbours: Neighbours
  readonly #reckoning: DeadReckoning
  readonly #crowds: CrowdSearch
  readonly #ranking = new Ranking()
  readonly #enterAt = new Int32Array(256)
  readonly #leaveAt = new Int32Array(256)
  /** Whether somebody in earshot began to speak. */
  #onsets = 0
  /** How much of the fine grids stands for this tick: 0 nothing, 1 around those in crowds, 2 everything. */
  #prepared = 0
  #speechSince = 0
  /** Number of the last look at a crowd, and of the last one that found somebody among the members, by slot. */
  #crowdLook = 0
  readonly #member: Uint32Array

  constructor(players: PlayerColumns, neighbours: Neighbours, reckoning: DeadReckoning, rules: ZoneRules) {
    const { capacity } = players
    const ticksIn = (seconds: number) => Math.round(seconds * rules.tickHz)
    this.#rules = rules
    this.#players = players
    this.#neighbours = neighbours
    this.#reckoning = reckoning
    this.slots = new AudibleSlots(capacity, rules.audibleMax, ticksIn(rules.dwellS), ticksIn(rules.newLinkEveryS))
    const farthest = Math.max(...stances.map((_, stance) => rangeSteps(rules, stance)))
    this.#crowds = new CrowdSearch(players, rangeSteps(rules, 1), farthest)
    this.#weight = new Float32Array(capacity)
    this.#alias = new Uint8Array(capacity)
    this.#member = new Uint32Array(capacity)
    this.#gain = gainTable(rules.model, rules.rangeM, rules.hysteresis)
    this.#edgeFactor = rules.hysteresis ** 2
    this.#holdTicks = ticksIn(rules.speechHoldS)
    this.#fadeTicks = ticksIn(rules.speechFadeS)
  }

  /** A new listener hears nobody yet. */
  begin(listener: number, tick: number): void {
    this.#alias[listener] = 0
    this.slots.begin(listener, tick)
  }

  /** The listener has nobody in their row yet, and goes on with those whom they may hear: once for each of them, and none of them is the listener. */
  resume(listener: number, { peers, lastAlias }: Heard, tick: number): void {
    const { rows } = this.#neighbours
    const { place, speakMask, hearMask } = this.#players
    this.#alias[listener] = lastAlias
    for (const { slot, alias, mediaSlot } of peers) {
      // A moderator's word has come since, and no tick here will look for it.
      if ((speakMask[slot]! & hearMask[listener]!) === 0) continue
      if (!rows.append(listener, slot)) return
      const at = rows.start[listener]! + rows.members[listener]!
      const holds = mediaSlot >= 0 && this.slots.restore(listener, mediaSlot, tick) ? mediaSlot + 1 : 0
      rows.admit(listener, at, alias, (holds << 2) | tierOf(squareBetween(place, listener, slot)))
    }
  }

  heardBy(listener: number): Heard {
    const { rows } = this.#neighbours
    const start = rows.start[listener]!
    const peers = Array.from({ length: rows.members[listener]! }, (_, n) => ({
      slot: rows.peer[start + n]!,
      alias: rows.alias[start + n]!,
      mediaSlot: (rows.mark[start + n]! >> 2) - 1,
    }))
    return { peers, lastAlias: this.#alias[listener]! }
  }

  /** Once a tick, before listeners are looked at: what speech weighs, and who stands where in crowds. */
  prepare(tick: number, lookEvery: 1 | 2): void {
    this.#pulses = lookEvery === 1 ? 0b0100_0111 : 0b1111_1111
    const { spokeAt, top } = this.#players
    const { silenceWeight } = this.#rules
    const { pulse } = this.#reckoning
    for (let slot = 0; slot < top; slot++) {
      const over = tick - spokeAt[slot]! - this.#holdTicks
      const weight =
        over <= 0 ? 1 : over >= this.#fadeTicks ? silenceWeight : 1 - (over / this.#fadeTicks) * (1 - silenceWeight)
      const before = this.#weight[slot]!
      if (weight === before) continue
      this.#weight[slot] = weight
      if (weight === 1) pulse[slot]! |= 0b0100_0000
    }
    this.#prepared = 0
    this.#speechSince = tick - this.#holdTicks
  }

  /** How many are in earshot of a listener. */
  count(listener: number): number {
    return this.#neighbours.rows.members[listener]!
  }

  /** Looks at one listener; `changes` says afterwards what is new to them. */
  look(listener: number, tick: number): void {
    this.changes.clear()
    this.#onsets = 0
    const { crowd } = this.#neighbours
    if (crowd[listener] === 1 && (tick + listener) % calmEveryTicks === 0) {
      this.#neighbours.leaveCrowd(listener, Math.floor(this.#rules.earshotMax * calmShare))
    }
    if (crowd[listener] === 0 && !this.#lookAtRow(listener)) {
      this.#neighbours.toCrowd(listener)
      this.changes.clear()
    }
    if (crowd[listener] === 1) this.#lookAtCrowd(listener)
    this.#rank(listener, tick)
  }

  get bytes(): number {
    const columns = [this.#weight, this.#alias, this.#member]
    return columns.reduce((sum, { byteLength }) => sum + byteLength, this.slots.bytes + this.#crowds.bytes)
  }

  /** A row of candidates. False, with nothing decided, if more are in earshot than may be. */
  #lookAtRow(listener: number): boolean {
    const { rows } = this.#neighbours
    const members = rows.members[listener]!
    const leaves = this.#lookAtMembers(listener)
    const enters = this.#lookAtOthers(listener)
    if (members - leaves + enters > this.#rules.earshotMax) return false
    if (enters + leaves > 0) this.#apply(listener, enters, leaves)
    return true
  }

  /** Those in earshot: who leaves, and what is new of the others. How many leave. */
  #lookAtMembers(listener: number): number {
    const { place, speakMask, hearMask, renewed } = this.#players
    const { rows } = this.#neighbours
    const { peer: peers, alias: aliases, mark: marks } = rows
    const { pulse } = this.#reckoning
    const { changes } = this
    const pulses = this.#pulses
    const edge = this.#edgeFactor
    const hears = hearMask[listener]!
    const own = renewed[listener]!
    const x = place[listener * 4]!
    const y = place[listener * 4 + 1]!
    const z = place[listener * 4 + 2]!
    const start = rows.start[listener]!
    const end = start + rows.members[listener]!
    let leaves = 0
    let onsets = 0
    for (let at = start; at < end; at++) {
      const peer = peers[at]!
      const dx = place[peer * 4]! - x
      const dy = place[peer * 4 + 1]! - y
      const dz = place[peer * 4 + 2]! - z
      const square = dx * dx + dy * dy + dz * dz
      const news = renewed[peer]!
      const isMasked = (own | news) !== 0 && (speakMask[peer]! & hears) === 0
      if (square > place[peer * 4 + 3]! * edge || isMasked) {
        this.#leaveAt[leaves++] = at
        continue
      }
      const mark = marks[at]!
      const tier = mark & 3
      const beats = pulse[peer]! & pulses
      onsets |= beats & onset
      if (news !== 0) changes.renew(aliases[at]!, peer, tier)
      if (square < innerSquares[tier]! || square >= outerSquares[tier]!) {
        const now = tierOf(square)
        marks[at] = (mark & 0xfc) | now
        changes.update(aliases[at]!, peer, now)
      } else if ((beats & (0b1001 << tier)) !== 0) changes.update(aliases[at]!, peer, tier)
    }
    this.#onsets = onsets
    return leaves
  }

  /** Those who may come into earshot: how many do. Whoever is too far to do so soon is dropped. */
  #lookAtOthers(listener: number): number {
    const { place, speakMask, hearMask } = this.#players
    const { rows, drop } = this.#neighbours
    const { peer: peers } = rows
    const hears = hearMask[listener]!
    const x = place[listener * 4]!
    const y = place[listener * 4 + 1]!
    const z = place[listener * 4 + 2]!
    const start = rows.start[listener]!
    const end = start + rows.count[listener]!
    let kept = start + rows.members[listener]!
    let enters = 0
    for (let at = kept; at < end; at++) {
      const peer = peers[at]!
      const dx = place[peer * 4]! - x
      const dy = place[peer * 4 + 1]! - y
      const dz = place[peer * 4 + 2]! - z
      const flat = dx * dx + dy * dy
      if (flat + dz * dz <= place[peer * 4 + 3]!) {
        if ((speakMask[peer]! & hears) !== 0) this.#enterAt[enters++] = kept
      } else if (flat > drop[peer]!) continue
      if (kept !== at) peers[kept] = peer
      kept++
    }
    rows.count[listener] = kept - start
    return enters
  }

  /** A crowd: the party, those who speak, and the nearest. Whoever is in earshot already counts as nearer than they are. */
  #lookAtCrowd(listener: number): void {
    const { rows } = this.#neighbours
    const { place } = this.#players
    const { crowdMax, crowdSpeakers } = this.#rules
    const crowds = this.#crowds
    this.#prepareCrowds(listener)
    this.#crowdLook = this.#crowdLook === 0xffff_ffff ? 1 : this.#crowdLook + 1
    crowds.begin()
    const start = rows.start[listener]!
    for (let at = start; at < start + rows.members[listener]!; at++) this.#member[rows.peer[at]!] = this.#crowdLook
    this.#chooseParty(listener)
    const speakers = Math.min(crowdSpeakers, crowdMax - crowds.found)
    this.#holdUpMembers(listener, speakers, true)
    crowds.nearest(listener, speakers, true, this.crowdScale)
    const rest = crowdMax - crowds.found
    this.#holdUpMembers(listener, rest, false)
    crowds.nearest(listener, rest, false, this.crowdScale)
    let leaves = 0
    for (let at = start; at < start + rows.members[listener]!; at++) {
      const peer = rows.peer[at]!
      if (crowds.isChosen(peer)) this.#keep(at, peer, squareBetween(place, listener, peer))
      else this.#leaveAt[leaves++] = at
    }
    const first = rows.members[listener]!
    for (let n = 0; n < crowds.found; n++) {
      const peer = crowds.chosen[n]!
      if (this.#member[peer] !== this.#crowdLook) rows.append(listener, peer)
    }
    // The row may have gone to another place in the arena.
    const moved = rows.start[listener]!
    for (let n = 0; n < leaves; n++) this.#leaveAt[n]! += moved - start
    const enters = rows.count[listener]! - first
    for (let n = 0; n < enters; n++) this.#enterAt[n] = moved + first + n
    this.#apply(listener, enters, leaves)
    rows.keepMembers(listener)
  }

  #prepareCrowds(listener: number): void {
    if (this.#prepared === 0) {
      this.#crowds.prepare(this.#neighbours.crowd, this.#speechSince)
      this.#prepared = 1
    }
    if (this.#prepared === 1 && !this.#crowds.covers(listener)) {
      this.#crowds.prepare(null, this.#speechSince)
      this.#prepared = 2
    }
  }

  #chooseParty(listener: number): void {
    const { party, partyNext } = this.#players
    if (party[listener] === 0) return
    for (let mate = partyNext[listener]!; mate !== listener; mate = partyNext[mate]!) {
      if (this.#crowds.found >= this.#rules.crowdMax) return
      if (this.#mayStay(listener, mate, this.#member[mate] === this.#crowdLook)) this.#crowds.choose(mate)
    }
  }

  #holdUpMembers(listener: number, most: number, speakersOnly: boolean): void {
    const { place, speakMask, hearMask } = this.#players
    const { rows } = this.#neighbours
    const { peer: peers } = rows
    const sticky = this.#rules.stickiness ** 2
    const edge = this.#edgeFactor * this.crowdScale
    const hears = hearMask[listener]!
    const start = rows.start[listener]!
    const end = start + rows.members[listener]!
    for (let at = start; at < end; at++) {
      const peer = peers[at]!
      if ((speakersOnly && this.#weight[peer]! < 1) || (speakMask[peer]! & hears) === 0) continue
      const square = squareBetween(place, listener, peer)
      if (square <= place[peer * 4 + 3]! * edge) this.#crowds.consider(peer, square * sticky, most)
    }
  }

  /** In range, or, for a member, not past the edge; and with masks that meet. */
  #mayStay(listener: number, peer: number, isMember: boolean): boolean {
    const { place, speakMask, hearMask } = this.#players
    if ((speakMask[peer]! & hearMask[listener]!) === 0) return false
    const range = place[peer * 4 + 3]! * this.crowdScale
    return squareBetween(place, listener, peer) <= (isMember ? range * this.#edgeFactor : range)
  }

  /** Somebody stays in earshot: tells what is new of them. As in `#lookAtMembers`, where it is written out for speed. */
  #keep(at: number, peer: number, square: number): void {
    const { rows } = this.#neighbours
    const mark = rows.mark[at]!
    const tier = mark & 3
    const beats = this.#reckoning.pulse[peer]! & this.#pulses
    this.#onsets |= beats & onset
    if (this.#players.renewed[peer] !== 0) this.changes.renew(rows.alias[at]!, peer, tier)
    if (square < innerSquares[tier]! || square >= outerSquares[tier]!) {
      const now = tierOf(square)
      rows.mark[at] = (mark & 0xfc) | now
      this.changes.update(rows.alias[at]!, peer, now)
    } else if ((beats & (0b1001 << tier)) !== 0) this.changes.update(rows.alias[at]!, peer, tier)
  }

  /** Gives out the media slots anew, if that could come out otherwise than before. */
  #rank(listener: number, tick: number): void {
    const held = this.slots.held(listener)
    const count = this.#neighbours.rows.members[listener]!
    if (held === count && held <= this.slots.max) return
    const { changes } = this
    const isDue = (tick + listener) % rankEveryTicks === 0 || this.#onsets !== 0 || held > this.slots.max
    if (!isDue && changes.enters + changes.leaves === 0 && held === this.slots.max) return
    if (!this.#fillRanking(listener, tick)) return
    const { rows } = this.#neighbours
    this.slots.assign(listener, tick, this.#ranking, changes, rows.alias)
    if (changes.slots === 0) return
    const start = rows.start[listener]!
    for (let rank = 0; rank < count; rank++) {
      rows.mark[start + rank] = (rows.mark[start + rank]! & 3) | (this.#ranking.holds[rank]! << 2)
    }
  }

  /** Ranks those in earshot. False if everybody who should hold a slot does. */
  #fillRanking(listener: number, tick: number): boolean {
    const { rows } = this.#neighbours
    const { place, party } = this.#players
    const { peer: peers, mark: marks } = rows
    const weight = this.#weight
    const gain = this.#gain
    const { score: scores, holds: holders } = this.#ranking
    const start = rows.start[listener]!
    const count = rows.members[listener]!
    const mates = party[listener]!
    const perCell = (gain.length - 1) / this.#edgeFactor
    const stickyPerCell = perCell * this.#rules.stickiness ** 2
    const x = place[listener * 4]!
    const y = place[listener * 4 + 1]!
    const z = place[listener * 4 + 2]!
    let best = -1
    let weakest = Number.POSITIVE_INFINITY
    for (let n = 0; n < count; n++) {
      const peer = peers[start + n]!
      const holds = marks[start + n]! >> 2
      const dx = place[peer * 4]! - x
      const dy = place[peer * 4 + 1]! - y
      const dz = place[peer * 4 + 2]! - z
      const square = dx * dx + dy * dy + dz * dz
      const cell = (square * (holds === 0 ? perCell : stickyPerCell)) / place[peer * 4 + 3]!
      let score = gain[cell | 0]! * weight[peer]!
      if (mates !== 0 && mates === party[peer]) score += partyBonus
      holders[n] = holds
      scores[n] = score
      if (holds === 0) best = score > best ? score : best
      else if (score < weakest && this.slots.mayLose(listener, holds - 1, tick)) weakest = score
    }
    this.#ranking.count = count
    this.#ranking.start = start
    return best > weakest || this.slots.held(listener) !== this.slots.max
  }

  /** Carries out what was found: who leaves gives the alias and the slot back before anybody enters. */
  #apply(listener: number, enters: number, leaves: number): void {
    const { rows } = this.#neighbours
    const { place } = this.#players
    // From the last to the first, so that whoever comes in the place of one who left is not one who leaves.
    for (let n = leaves - 1; n >= 0; n--) {
      const at = this.#leaveAt[n]!
      this.changes.leave(rows.alias[at]!)
      const holds = rows.mark[at]! >> 2
      if (holds !== 0) this.slots.release(listener, holds - 1, this.changes)
      rows.dismiss(listener, at)
    }
    // From the first to the last, so that whoever makes room for one who enters is not one who still has to.
    for (let n = 0; n < enters; n++) {
      const at = this.#enterAt[n]!
      const peer = rows.peer[at]!
      const tier = tierOf(squareBetween(place, listener, peer))
      const alias = this.#newAlias(listener)
      rows.admit(listener, at, alias, tier)
      this.changes.enter(alias, peer, tier)
    }
  }

  /** The next alias in turn that is free. There are 255, and never more than 80 in use. */
  #newAlias(listener: number): number {
    const { rows } = this.#neighbours
    const start = rows.start[listener]!
    const end = start + rows.members[listener]!
    let alias = this.#alias[listener]!
    for (;;) {
      alias = alias === 255 ? 1 : alias + 1
      let at = start
      while (at < end && rows.alias[at] !== alias) at++
      if (at === end) break
    }
    this.#alias[listener] = alias
    return alias
  }
}

/** In steps². */
function squareBetween(place: Float32Array, one: number, other: number): number {
  const dx = place[other * 4]! - place[one * 4]!
  const dy = place[other * 4 + 1]! - place[one * 4 + 1]!
  const dz = place[other * 4 + 2]! - place[one * 4 + 2]!
  return dx * dx + dy * dy + dz * dz
}
