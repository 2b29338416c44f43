import type { PlayersNamed } from '../../../protocol/zone/link-messages.ts'
import { namesMax } from '../../../protocol/zone/link-codec.ts'
import { gapBetween, type Rect } from '../../../protocol/zone/region-map.ts'
import { stepsPerMetre } from '../../../protocol/zone/rules.ts'
import { slotKind } from '../../zone/players.ts'
import type { Areas } from './area.ts'
import type { Columns } from './columns.ts'
import type { NameOf } from './gateways.ts'
import { flagsOf, GhostWriter } from './ghost-frames.ts'

export interface BordersDeps {
  readonly zone: number
  readonly region: number
  readonly epoch: number
  readonly nameOf: NameOf
  columns(): Columns
  /** False: it was not taken. */
  send(region: number, frame: Uint8Array): boolean
  names(region: number, players: PlayersNamed['players']): void
}

/** Who is a ghost stays so for so much more, steps: who walks along the band's edge would come and go. */
const slackSteps = 4 * stepsPerMetre
/** Who was handed on is said to be gone only so many ticks later: by then the next owner has spoken of them. */
const handedTicks = 3
/** A border across which nothing is to be said hears so often that this region is there, ms. */
const aliveEveryMs = 500
/** After a frame that was not taken nothing is said for so long, and then all, ms. */
const pauseMs = 100

interface Border {
  readonly region: number
  readonly rect: Rect
  readonly writer: GhostWriter
  /** Of the slots: 0 the other side knows nothing of them, 1 it does, more for so many ticks since they were handed on. */
  readonly known: Uint8Array
  saidAtMs: number
  pausedUntilMs: number
}

/**
 * What this region tells its neighbours of players near their borders, once a tick. It is exact to the tick: whoever stands elsewhere than a tick ago is told.
 */
export class Borders {
  readonly #deps: BordersDeps
  readonly #borders = new Map<number, Border>()
  #columns: Columns | null = null
  /** What was said in the tick before: x, y, z; velocity and flags; and what only `appear` tells, mask and party. */
  #place = new Float32Array(0)
  #rest = new Int32Array(0)
  #mask = new Uint32Array(0)
  #party = new Uint32Array(0)
  /** How many borders know of a slot. */
  #knowing = new Uint8Array(0)
  /** Nobody in it is near a border, steps; null where that cannot be said. */
  #inner: Rect | null = null
  #bands: Float64Array = new Float64Array(0)

  constructor(deps: BordersDeps) {
    this.#deps = deps
  }

  get regions(): Iterable<number> {
    return this.#borders.keys()
  }

  /** These are the neighbours: leaves within the band, and `speaking`, of which ghosts came lately. */
  keep(areas: Areas, bands: Float64Array, speaking: Iterable<number>): void {
    const own = areas.of(this.#deps.region)
    if (!own) return
    const band = Math.max(...bands)
    const wanted = new Map<number, Rect>()
    for (const region of [...areas.leaves, ...speaking]) {
      // Where a region lies that was over before this one began nobody has told: it may lie anywhere here.
      const rect = areas.of(region) ?? own
      if (region !== this.#deps.region && gapBetween(own, rect) <= band) wanted.set(region, rect)
    }
    this.#bands = bands
    for (const region of [...this.#borders.keys()]) if (!wanted.has(region)) this.#end(region)
    for (const [region, rect] of wanted) if (!this.#borders.has(region)) this.#begin(region, rect)
    this.#inner = areas.isLeaf(this.#deps.region) ? innerOf(own, band + slackSteps, wanted.values()) : null
  }

  /** The other side has lost the thread. */
  again(region: number): void {
    const border = this.#borders.get(region)
    if (border) this.#anew(border)
  }

  /** Behind the engine's tick. */
  tick(nowMs: number): void {
    const columns = this.#deps.columns()
    if (columns !== this.#columns) this.#adapt(columns)
    if (this.#borders.size === 0) return
    this.#look(columns)
    for (const border of this.#borders.values()) this.#say(border, columns, nowMs)
  }

  #look({ engine: { players, now } }: Columns): void {
    const { kind, place, top } = players
    const inner = this.#inner
    for (let slot = 0; slot < top; slot++) {
      const isPlayer = kind[slot] === slotKind.player
      const isKnown = this.#knowing[slot]! > 0
      if (!isPlayer && !isKnown) continue
      const x = place[slot * 4]!
      const y = place[slot * 4 + 1]!
      const isInner = inner !== null && x > inner.left && x < inner.right && y > inner.bottom && y < inner.top
      if (isInner && isPlayer && !isKnown) continue
      const news = isPlayer ? this.#note(slot, flagsOf(players, slot, now - 1)) : null
      for (const border of this.#borders.values()) {
        if (isPlayer) this.#lookAt(border, slot, x, y, news)
        else if (border.known[slot]! > 0) this.#lookAway(border, slot, kind[slot] === slotKind.ghost)
      }
    }
  }

  #lookAt(border: Border, slot: number, x: number, y: number, news: 'appear' | 'move' | null): void {
    const { rect, known, writer } = border
    const dx = Math.max(rect.left - x, 0, x - rect.right)
    const dy = Math.max(rect.bottom - y, 0, y - rect.top)
    const is = known[slot]!
    const stance = this.#columns!.engine.players.stance[slot]!
    const reach = this.#bands[stance]! + (is > 0 ? slackSteps : 0)
    if (dx * dx + dy * dy > reach * reach) {
      if (is > 0) this.#forget(border, slot)
    } else if (is === 0) {
      known[slot] = 1
      this.#knowing[slot]!++
      writer.put('appear', slot)
    } else if (news !== null || is > 1) {
      known[slot] = 1
      writer.put(news ?? 'move', slot)
    }
  }

  /** Somebody who was this region's player: handed on, or gone. */
  #lookAway(border: Border, slot: number, isHanded: boolean): void {
    if (isHanded && border.known[slot]! <= handedTicks) border.known[slot]!++
    else this.#forget(border, slot)
  }

  #forget(border: Border, slot: number): void {
    border.known[slot] = 0
    this.#knowing[slot]!--
    border.writer.put('gone', slot)
  }

  /** What tells what is not as it was said in the tick before; null where all is. */
  #note(slot: number, flags: number): 'appear' | 'move' | null {
    const { place, velocity, speakMask, party } = this.#columns!.engine.players
    const isOther = this.#mask[slot] !== speakMask[slot] || this.#party[slot] !== party[slot]
    this.#mask[slot] = speakMask[slot]!
    this.#party[slot] = party[slot]!
    const rest = (flags << 16) | ((velocity[slot * 2]! & 0xff) << 8) | (velocity[slot * 2 + 1]! & 0xff)
    const last = this.#place
    const isSame =
      rest === this.#rest[slot] &&
      last[slot * 3] === place[slot * 4] &&
      last[slot * 3 + 1] === place[slot * 4 + 1] &&
      last[slot * 3 + 2] === place[slot * 4 + 2]
    if (isSame) return isOther ? 'appear' : null
    this.#rest[slot] = rest
    for (let axis = 0; axis < 3; axis++) last[slot * 3 + axis] = place[slot * 4 + axis]!
    return isOther ? 'appear' : 'move'
  }

  #say(border: Border, { engine, bySlot }: Columns, nowMs: number): void {
    const { writer, region } = border
    if (nowMs < border.pausedUntilMs) {
      this.#anew(border)
      return
    }
    if (writer.isEmpty && nowMs - border.saidAtMs < aliveEveryMs) return
    border.saidAtMs = nowMs
    const names = writer.appeared.flatMap((slot) => {
      const name = this.#deps.nameOf(bySlot[slot]?.who.player ?? 0)
      return name ? [name] : []
    })
    for (let at = 0; at < names.length; at += namesMax) this.#deps.names(region, names.slice(at, at + namesMax))
    if (writer.flush(engine.now - 1, (frame) => this.#deps.send(region, frame))) return
    border.pausedUntilMs = nowMs + pauseMs
    this.#anew(border)
  }

  #begin(region: number, rect: Rect): void {
    const columns = this.#deps.columns()
    const { zone, region: self, epoch } = this.#deps
    this.#borders.set(region, {
      ...{ region, rect, saidAtMs: Number.NEGATIVE_INFINITY, pausedUntilMs: Number.NEGATIVE_INFINITY },
      writer: new GhostWriter(columns.engine.players, zone, self, epoch),
      known: new Uint8Array(columns.engine.players.capacity),
    })
  }

  #end(region: number): void {
    const border = this.#borders.get(region)
    if (!border) return
    this.#anew(border)
    this.#borders.delete(region)
  }

  #anew({ known, writer }: Border): void {
    for (const [slot, is] of known.entries()) if (is > 0) this.#knowing[slot]!--
    known.fill(0)
    writer.anew()
  }

  /** Slots are others: everything is said anew. */
  #adapt(columns: Columns): void {
    const { capacity } = columns.engine.players
    this.#columns = columns
    this.#place = new Float32Array(capacity * 3)
    this.#rest = new Int32Array(capacity).fill(-1)
    this.#mask = new Uint32Array(capacity)
    this.#party = new Uint32Array(capacity)
    this.#knowing = new Uint8Array(capacity)
    const known = [...this.#borders.values()]
    for (const { region, rect } of known) this.#begin(region, rect)
  }
}

/** The part of an area that is farther than the band from its edge; null where another area lies over it. */
function innerOf(own: Rect, band: number, others: Iterable<Rect>): Rect | null {
  for (const { left, bottom, right, top } of others) {
    if (left < own.right && right > own.left && bottom < own.top && top > own.bottom) return null
  }
  return { left: own.left + band, bottom: own.bottom + band, right: own.right - band, top: own.top - band }
}
