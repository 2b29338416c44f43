import type { ListenerChanges } from './changes.ts'
import { DeadReckoning } from './dead-reckoning.ts'
import { Earshot, type Heard } from './earshot.ts'
import { Kernel } from './kernel/kernel.ts'
import { NearGrids } from './near-grids.ts'
import { capacityMax, PlayerColumns, slotKind, type Arrival } from './players.ts'
import { problemsOf, rangeSteps, stances, type ZoneRules } from '../../protocol/zone/rules.ts'

/**
 * Hears, once a tick for each listener for whom something changed, what it is. The changes are those of the moment: read them
 * before returning.
 */
export type ChangesSink = (listener: number, changes: ListenerChanges) => void

/** What an overloaded region does less of. See `overload.ts`. */
export interface Relief {
  /** Listeners are looked at in every so manieth tick: 1, or 2. */
  readonly lookEvery: 1 | 2
  /**
   * Models of the middle tier are renewed in every so manieth tick: 2, or 4. Together with those of the ticks between them, so that a
   * listener gets fewer frames: measured with 20 in earshot, 6.5 a second for 7.4. The farthest tier is renewed as rarely, and from 10
   * ticks a second on in every fourth at the most.
   */
  readonly outerEvery: 2 | 4
  /** Media slots in use; at most `audibleMax` of the rules. */
  readonly audibleMax: number
  /** What part of their range those in crowds hear. */
  readonly crowdRange: number
}

/**
 * Interest of one region: who is in whose earshot and who is audible to whom, tick by tick. It has no clock, no randomness and no
 * socket: `tick` is called by whoever has. Between ticks the last word on each player counts. A tick makes no objects and takes no
 * memory.
 */
export class ZoneEngine {
  readonly rules: ZoneRules
  readonly players: PlayerColumns
  readonly reckoning: DeadReckoning
  readonly earshot: Earshot
  readonly #kernel: Kernel
  /** Models of the farthest tier are renewed in every so manieth tick, or more rarely where the middle tier is: 0.4 s at 10 Hz. */
  readonly #farEvery: 2 | 4
  #tick = 0
  #relief: Relief

  /** Throws RangeError for rules that do not hold and for a capacity, ghosts counted in, below 1 or above 65,000. */
  constructor(rules: ZoneRules, capacity: number) {
    const problems = problemsOf(rules)
    if (problems.length > 0) throw new RangeError(problems.join('; '))
    this.rules = rules
    if (capacity < 1 || capacity > capacityMax) throw new RangeError(`capacity is ${capacity}`)
    const grids = new NearGrids(rules, capacity)
    const { audibleMax: mediaSlots, earshotMax: rowLength } = rules
    const kernel = new Kernel({
      capacity,
      cells: grids.cells,
      places: grids.places,
      fineCells: grids.fineCells,
      rowLength,
      mediaSlots,
    })
    grids.set(kernel.code)
    this.#kernel = kernel
    this.players = new PlayerColumns(
      kernel.columns,
      capacity,
      Float32Array.from(stances, (_, stance) => rangeSteps(rules, stance) ** 2),
    )
    this.reckoning = new DeadReckoning(kernel, this.players, rules.tickHz)
    this.earshot = new Earshot(kernel, this.players, rules)
    this.#farEvery = rules.tickHz < 10 ? 2 : 4
    this.#relief = { lookEvery: 1, outerEvery: 2, audibleMax: rules.audibleMax, crowdRange: 1 }
  }

  /** The number of the tick to come. */
  get now(): number {
    return this.#tick
  }

  /** A player who listens from the next tick on. Their slot, or -1 if the region is full. */
  join(arrival: Arrival): number {
    const slot = this.#add(arrival, slotKind.player)
    if (slot >= 0) this.earshot.begin(slot, this.#tick)
    return slot
  }

  /** A player of a neighbouring region who is heard here. Their slot, or -1. */
  joinGhost(arrival: Arrival): number {
    return this.#add(arrival, slotKind.ghost)
  }

  /** A ghost listens from the next tick on: they came over. Whoever has them in earshot hears of no change. */
  promote(slot: number): void {
    this.players.kind[slot] = slotKind.player
    this.earshot.begin(slot, this.#tick)
  }

  /** A player is another region's from here on: heard as before, and listening no more. */
  demote(slot: number): void {
    this.players.kind[slot] = slotKind.ghost
    this.earshot.forget(slot)
  }

  /**
   * A listener who has joined, or was promoted, since the last tick goes on with what they heard elsewhere: those in `heard` are in earshot already, under
   * those aliases and in those media slots, and who is too far is dismissed in the next tick as anybody else.
   */
  resume(slot: number, heard: Heard): void {
    this.earshot.resume(slot, heard, this.#tick)
  }

  /** Whom a listener has in earshot, under which aliases and in which media slots: as `resume` takes it. */
  heardBy(slot: number): Heard {
    return this.earshot.heardBy(slot)
  }

  /** They are gone: the next tick says so to all who had them in earshot. */
  leave(slot: number): void {
    this.earshot.forget(slot)
    this.players.remove(slot)
  }

  /** Where somebody is, in whole steps, and how fast, in eighths of a metre a second. The last word before a tick counts. */
  move(slot: number, x: number, y: number, z: number, vx: number, vy: number): void {
    const { place, velocity } = this.players
    const at = slot * 4
    const isStill = vx === 0 && vy === 0 && velocity[slot * 2] === 0 && velocity[slot * 2 + 1] === 0
    if (isStill && place[at] === x && place[at + 1] === y && place[at + 2] === z) return
    this.players.put(slot, x, y, z)
    velocity[slot * 2] = vx
    velocity[slot * 2 + 1] = vy
    this.reckoning.unsettle(slot)
  }

  /** They spoke since the last tick. */
  speak(slot: number): void {
    this.players.spokeAt[slot] = this.#tick
  }

  setStance(slot: number, stance: number): void {
    if (this.players.stance[slot] === stance) return
    this.players.setStance(slot, stance)
    this.players.renewed[slot] = 2
  }

  setMasks(slot: number, speak: number, hear: number): void {
    this.players.setMasks(slot, speak, hear)
  }

  setParty(slot: number, party: number): void {
    this.players.setParty(slot, party)
    this.players.renewed[slot] = 2
  }

  /** Does less from the next tick on, or as much as ever. */
  relieve(relief: Relief): void {
    this.#relief = relief
    this.earshot.relieve(Math.min(relief.audibleMax, this.rules.audibleMax), relief.crowdRange ** 2)
  }

  /** One tick over all that was said since the last one. */
  tick(sink: ChangesSink): void {
    const tick = this.#tick
    const { lookEvery, outerEvery } = this.#relief
    const farEvery = Math.max(this.#farEvery, outerEvery)
    this.reckoning.run(tick, tick % farEvery === 0 ? 3 : tick % outerEvery === 0 ? 2 : 1)
    this.earshot.prepare(tick, lookEvery)
    for (let slot = this.earshot.next(); slot >= 0; slot = this.earshot.next()) sink(slot, this.earshot.changes)
    this.players.settle()
    this.#tick++
  }

  /** What the columns take, B. */
  get bytes(): number {
    return this.#kernel.bytes + this.players.bytes
  }

  #add(arrival: Arrival, kind: number): number {
    const slot = this.players.add(arrival, kind)
    if (slot >= 0) this.reckoning.begin(slot, this.#tick)
    return slot
  }
}
