import type { KernelColumns } from './kernel/layout.ts'

/** What a slot holds. */
export const slotKind = { free: 0, player: 1, ghost: 2, leaving: 3 } as const

/** Where somebody is put who has left: out of everybody's range, and exact in 32 bits. Steps. */
const nowhere = 1e7

/** Slots are 16 bits, and one value stands for nobody. */
export const capacityMax = 65_000

/** Somebody who comes. Places in steps from the origin of the region. */
export interface Arrival {
  /** The zone's number for this player. */
  readonly player: number
  readonly x: number
  readonly y: number
  readonly z: number
  /** Place in `stances`. */
  readonly stance: number
  /** Who shares a bit of `hearMask` with it hears them: teams, dimensions. 32 bits. */
  readonly speakMask: number
  readonly hearMask: number
  /** Members of a party keep their places before everyone else. 0 for none. */
  readonly party: number
}

/**
 * The players and ghosts of a region, a column for each fact and a slot for each of them. A ghost is heard and does not listen: it
 * is another region's player. Nothing here is an object for a player, and nothing is made once the region stands.
 */
export class PlayerColumns {
  readonly capacity: number
  /** x, y, z and the square of the range, side by side: who looks at one looks at all four. Whole numbers, exact. */
  readonly place: Float32Array
  /** vx, vy in eighths of a metre a second. */
  readonly velocity: Int8Array
  readonly kind: Uint8Array
  readonly stance: Uint8Array
  readonly player: Uint32Array
  readonly speakMask: Uint32Array
  readonly hearMask: Uint32Array
  readonly party: Uint32Array
  /** Rings of the members of a party: the next one, themselves for a party of one. */
  readonly partyNext: Uint16Array
  /** The last tick at which they spoke; far in the past for never. */
  readonly spokeAt: Int32Array
  /** How many have held the slot, its lowest 16 bits: who writes to a slot names the holder it means. */
  readonly turn: Uint16Array
  /** For how many more ticks their masks are looked at, and listeners told of them anew, after something changed. */
  readonly renewed: Uint8Array
  /** Slots above it are free. */
  #top = 0
  readonly #free: Uint16Array
  #freeCount = 0
  readonly #leaving: Uint16Array
  #leavingCount = 0
  /** How many of them left before the last tick. */
  #seenLeaving = 0
  readonly #parties = new Map<number, number>()
  readonly #squares: Float32Array

  /** `squares` are those of the ranges in steps, by stance. */
  constructor(columns: KernelColumns, capacity: number, squares: Float32Array) {
    this.capacity = capacity
    this.#squares = squares
    this.place = columns.place
    this.velocity = columns.velocity
    this.kind = columns.kind
    this.stance = columns.stance
    this.player = new Uint32Array(capacity)
    this.speakMask = columns.speakMask
    this.hearMask = columns.hearMask
    this.party = columns.party
    this.partyNext = columns.partyNext
    this.spokeAt = columns.spokeAt
    this.turn = new Uint16Array(capacity)
    this.renewed = columns.renewed
    this.#free = new Uint16Array(capacity)
    this.#leaving = new Uint16Array(capacity)
  }

  /** By what gateways write to the holder of a slot: `batch` carries it. */
  addressOf(slot: number): number {
    return ((this.turn[slot]! << 16) | slot) >>> 0
  }

  get top(): number {
    return this.#top
  }

  /** How many more may come. Places of those who left count again two ticks later. */
  get room(): number {
    return this.capacity - this.#top + this.#freeCount
  }

  /** Takes somebody in. Their slot, or -1 if there is none left. */
  add(arrival: Arrival, kind: number): number {
    const slot = this.#freeCount > 0 ? this.#free[--this.#freeCount]! : this.#top < this.capacity ? this.#top++ : -1
    if (slot < 0) return -1
    this.kind[slot] = kind
    this.turn[slot]!++
    this.player[slot] = arrival.player
    this.speakMask[slot] = arrival.speakMask
    this.hearMask[slot] = arrival.hearMask
    this.spokeAt[slot] = -1_000_000
    this.renewed[slot] = 0
    this.velocity[slot * 2] = 0
    this.velocity[slot * 2 + 1] = 0
    this.put(slot, arrival.x, arrival.y, arrival.z)
    this.setStance(slot, arrival.stance)
    this.#enterParty(slot, arrival.party)
    return slot
  }

  /** Whole steps, less than 65 km from the origin. */
  put(slot: number, x: number, y: number, z: number): void {
    const at = slot * 4
    this.place[at] = x
    this.place[at + 1] = y
    this.place[at + 2] = z
  }

  setStance(slot: number, stance: number): void {
    this.stance[slot] = stance
    this.place[slot * 4 + 3] = this.#squares[stance]!
  }

  setMasks(slot: number, speak: number, hear: number): void {
    this.speakMask[slot] = speak
    this.hearMask[slot] = hear
    this.renewed[slot] = 2
  }

  setParty(slot: number, party: number): void {
    this.#leaveParty(slot)
    this.#enterParty(slot, party)
  }

  /**
   * Lets somebody go. They stand nowhere until the tick has told everyone who had them in earshot; only then may the slot be
   * given to somebody else.
   */
  remove(slot: number): void {
    this.#leaveParty(slot)
    this.kind[slot] = slotKind.leaving
    this.put(slot, nowhere, nowhere, nowhere)
    this.#leaving[this.#leavingCount++] = slot
  }

  /**
   * After each tick. The slots of those who left before the last two ticks are free: any two ticks together look at every row.
   * What was renewed has been looked at as often.
   */
  settle(): void {
    for (let at = 0; at < this.#seenLeaving; at++) {
      const slot = this.#leaving[at]!
      this.kind[slot] = slotKind.free
      this.#free[this.#freeCount++] = slot
    }
    this.#leaving.copyWithin(0, this.#seenLeaving, this.#leavingCount)
    this.#leavingCount -= this.#seenLeaving
    this.#seenLeaving = this.#leavingCount
    for (let slot = 0; slot < this.#top; slot++) if (this.renewed[slot]! > 0) this.renewed[slot]!--
  }

  /** What the columns take that no kernel sees, B. */
  get bytes(): number {
    const columns = [this.player, this.turn]
    return [...columns, this.#free, this.#leaving].reduce((sum, { byteLength }) => sum + byteLength, 0)
  }

  #enterParty(slot: number, party: number): void {
    this.party[slot] = party
    this.partyNext[slot] = slot
    if (party === 0) return
    const mate = this.#parties.get(party)
    this.#parties.set(party, slot)
    if (mate === undefined) return
    this.partyNext[slot] = this.partyNext[mate]!
    this.partyNext[mate] = slot
  }

  #leaveParty(slot: number): void {
    const party = this.party[slot]!
    if (party === 0) return
    const next = this.partyNext[slot]!
    if (next === slot) this.#parties.delete(party)
    else {
      let before = next
      while (this.partyNext[before] !== slot) before = this.partyNext[before]!
      this.partyNext[before] = next
      this.#parties.set(party, next)
    }
    this.party[slot] = 0
    this.partyNext[slot] = slot
  }
}
