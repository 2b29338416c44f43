import { gainTable } from '../../protocol/zone/attenuation.ts'
import { AudibleSlots } from './audible.ts'
import { ListenerChanges } from './changes.ts'
import { tierEnds } from './dead-reckoning.ts'
import { EarshotRows } from './earshot-rows.ts'
import type { Kernel, KernelCode } from './kernel/kernel.ts'
import type { PlayerColumns } from './players.ts'
import type { ZoneRules } from '../../protocol/zone/rules.ts'

/** A crowd is over when no more than this share of `earshotMax` is in range. */
const calmShare = 0.75

/** A tier is left outwards at this many times the distance at which it is entered, squared. */
const tierBand = 1.1 ** 2

const tierSquares = [tierEnds[0]! ** 2, tierEnds[1]! ** 2] as const

/** Whom a listener has in earshot, entry by entry, and the alias that was given out last. Media slots from 0, -1 for none. */
export interface Heard {
  readonly peers: readonly { readonly slot: number; readonly alias: number; readonly mediaSlot: number }[]
  readonly lastAlias: number
}

/**
 * Decides, for one listener after the other, who is in earshot and who is audible. Earshot has a band: somebody comes in at the
 * range of their stance and goes out at `hysteresis` times that, and in between nothing changes. The kernel does the looking.
 */
export class Earshot {
  /** What changed for the listener that was looked at last. */
  readonly changes: ListenerChanges
  readonly rows: EarshotRows
  /** 1 for who has too many around: a search ring by ring finds whom they hear. */
  readonly crowd: Uint8Array
  readonly slots: AudibleSlots
  /** The alias given out last, by listener. */
  readonly #alias: Uint8Array
  readonly #players: PlayerColumns
  readonly #code: KernelCode

  constructor({ columns, code }: Kernel, players: PlayerColumns, rules: ZoneRules) {
    const ticksIn = (seconds: number) => Math.round(seconds * rules.tickHz)
    this.#players = players
    this.#code = code
    this.changes = new ListenerChanges(columns)
    this.rows = new EarshotRows(columns, rules.earshotMax)
    this.crowd = columns.crowd
    this.slots = new AudibleSlots(columns, rules.audibleMax, ticksIn(rules.newLinkEveryS))
    this.#alias = columns.lastAlias
    columns.gain.set(gainTable(rules.model, rules.rangeM, rules.hysteresis))
    this.#tellRules(rules, columns.gain.length - 1, ticksIn)
  }

  /** A new listener hears nobody yet. */
  begin(listener: number, tick: number): void {
    this.#alias[listener] = 0
    this.slots.begin(listener, tick)
  }

  /** The listener has nobody in their row yet, and goes on with those whom they may hear: once for each of them, and none of them is the listener. */
  resume(listener: number, { peers, lastAlias }: Heard, tick: number): void {
    const { rows } = this
    const { speakMask, hearMask } = this.#players
    this.#alias[listener] = lastAlias
    for (const { slot, alias, mediaSlot } of peers) {
      // A moderator's word has come since, and no tick here will look for it.
      if ((speakMask[slot]! & hearMask[listener]!) === 0) continue
      if (!rows.admit(listener, slot, alias, this.#code.tierBetween(listener, slot))) return
      if (mediaSlot >= 0 && this.slots.restore(listener, mediaSlot, tick)) {
        rows.hold(rows.endOf(listener) - 1, mediaSlot)
      }
    }
  }

  /** Somebody listens no more: nobody is in their earshot. */
  forget(listener: number): void {
    this.rows.clear(listener)
    this.crowd[listener] = 0
  }

  heardBy(listener: number): Heard {
    const { rows } = this
    const start = rows.startOf(listener)
    const peers = Array.from({ length: rows.members[listener]! }, (_, n) => ({
      slot: rows.peer(start + n),
      alias: rows.alias(start + n),
      mediaSlot: rows.mediaSlot(start + n),
    }))
    return { peers, lastAlias: this.#alias[listener]! }
  }

  /** Once a tick, before listeners are looked at: what speech weighs, and who stands where in crowds. */
  prepare(tick: number, lookEvery: 1 | 2): void {
    this.#code.beginTick(tick, this.#players.top, lookEvery - 1)
  }

  /** How many media slots are in use from now on, and what part of the square of their range those in crowds hear. */
  relieve(slots: number, crowdScale: number): void {
    this.#code.setMost(slots)
    this.#code.setCrowdScale(crowdScale)
  }

  /** Goes on looking at one listener after the other until something is new to one: tells who, and `changes` what; -1 for nobody. */
  next(): number {
    const listener = this.#code.next()
    this.changes.count()
    return listener
  }

  #tellRules(rules: ZoneRules, gains: number, ticksIn: (seconds: number) => number): void {
    const { earshotMax, audibleMax, crowdMax, crowdSpeakers } = rules
    const edge = rules.hysteresis ** 2
    const sticky = rules.stickiness ** 2
    const code = this.#code
    code.setTiers(tierSquares[0], tierSquares[1], tierBand, edge)
    code.setSpeech(ticksIn(rules.speechHoldS), ticksIn(rules.speechFadeS), rules.silenceWeight)
    const [dwell, pause] = [ticksIn(rules.dwellS), ticksIn(rules.newLinkEveryS)]
    code.setRanking(edge, sticky, gains, audibleMax, dwell, pause)
    code.setCrowd(crowdMax, crowdSpeakers, sticky, edge)
    code.setCalm(Math.floor(earshotMax * calmShare))
    this.relieve(audibleMax, 1)
  }
}
