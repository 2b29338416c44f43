import type { ListenerChanges } from './changes.ts'

/** Those in a listener's earshot, as they are ranked, in the order of the row: filled for one listener after the other. */
export class Ranking {
  /** Where the row begins. */
  start = 0
  /** Gain times recency of speech, with what comes on top of it. The higher, the sooner they are heard. */
  readonly score = new Float32Array(256)
  /** Media slot + 1; 0 for who holds none. */
  readonly holds = new Uint8Array(256)
  count = 0
}

/**
 * The audible sets: for each listener, who holds which media slot. Slots are few and made beforehand, so that somebody new is a
 * matter of two bytes. Whoever holds one keeps it for the dwell, and gives it up only to somebody who ranks higher.
 */
export class AudibleSlots {
  readonly #width: number
  /** A bit for each slot that is taken. */
  readonly #taken: Uint32Array
  /** The tick at which a slot was given, its lower half: a dwell may seem new every 65,536 ticks, and then lasts once more. */
  readonly #since: Uint16Array
  readonly #held: Uint8Array
  /** When the listener was last given somebody new. */
  readonly #linked: Uint16Array
  readonly #dwellTicks: number
  readonly #pauseTicks: number
  /** How many slots are in use; the rest stays empty. An overloaded zone lowers it. */
  max: number

  constructor(capacity: number, width: number, dwellTicks: number, pauseTicks: number) {
    this.#width = width
    this.max = width
    this.#taken = new Uint32Array(capacity)
    this.#since = new Uint16Array(capacity * width)
    this.#held = new Uint8Array(capacity)
    this.#linked = new Uint16Array(capacity)
    this.#dwellTicks = dwellTicks
    this.#pauseTicks = pauseTicks
  }

  /** How many slots of the listener are taken. */
  held(listener: number): number {
    return this.#held[listener]!
  }

  /** Whether who holds that slot may lose it to somebody who ranks higher. */
  mayLose(listener: number, index: number, tick: number): boolean {
    return ((tick - this.#since[listener * this.#width + index]!) & 0xffff) >= this.#dwellTicks
  }

  /** The listener is new: nobody is heard, and somebody may be at once. */
  begin(listener: number, tick: number): void {
    this.#taken[listener] = 0
    this.#held[listener] = 0
    this.#linked[listener] = tick - this.#pauseTicks
  }

  /** Somebody holds that slot from before, and for the dwell. False, and nothing changed: there is none, or it is taken. */
  restore(listener: number, index: number, tick: number): boolean {
    if (index >= this.#width || (this.#taken[listener]! & (1 << index)) !== 0) return false
    this.#taken[listener]! |= 1 << index
    this.#since[listener * this.#width + index] = tick
    this.#held[listener]!++
    return true
  }

  /** Who held that slot left earshot: it is empty. */
  release(listener: number, index: number, changes: ListenerChanges): void {
    this.#taken[listener]! &= ~(1 << index)
    this.#held[listener]!--
    changes.slot(index, 0)
  }

  /**
   * Gives the slots to those who rank highest. `ranking.holds` says afterwards who holds which. All of `ranking` are in earshot,
   * and everybody who holds a slot is among them. `aliases` are those of the rows' entries.
   */
  assign(listener: number, tick: number, ranking: Ranking, changes: ListenerChanges, aliases: Uint8Array): void {
    if (this.#held[listener]! > this.max) this.#shed(listener, ranking, changes)
    while (this.#held[listener]! < ranking.count) {
      if (this.#pauseTicks > 0 && ((tick - this.#linked[listener]!) & 0xffff) < this.#pauseTicks) return
      const best = bestOutside(ranking)
      if (this.#held[listener]! < this.max) {
        this.#give(listener, this.#emptySlot(listener), ranking, best, tick)
        changes.slot(ranking.holds[best]! - 1, aliases[ranking.start + best]!)
        continue
      }
      const loser = this.#weakest(listener, tick, ranking)
      if (loser < 0 || ranking.score[best]! <= ranking.score[loser]!) return
      const index = ranking.holds[loser]! - 1
      ranking.holds[loser] = 0
      this.#held[listener]!--
      this.#give(listener, index, ranking, best, tick)
      changes.slot(index, aliases[ranking.start + best]!)
    }
  }

  get bytes(): number {
    return this.#taken.byteLength + this.#since.byteLength + this.#held.byteLength + this.#linked.byteLength
  }

  #give(listener: number, index: number, ranking: Ranking, to: number, tick: number): void {
    this.#taken[listener]! |= 1 << index
    this.#since[listener * this.#width + index] = tick
    this.#held[listener]!++
    this.#linked[listener] = tick
    ranking.holds[to] = index + 1
  }

  /** The lowest ranked of those whose dwell is over; -1 for none. */
  #weakest(listener: number, tick: number, ranking: Ranking): number {
    let weakest = -1
    let score = Number.POSITIVE_INFINITY
    for (let rank = 0; rank < ranking.count; rank++) {
      const holds = ranking.holds[rank]!
      if (holds === 0 || ranking.score[rank]! >= score) continue
      if (!this.mayLose(listener, holds - 1, tick)) continue
      score = ranking.score[rank]!
      weakest = rank
    }
    return weakest
  }

  #emptySlot(listener: number): number {
    return 31 - Math.clz32(~this.#taken[listener]! & -~this.#taken[listener]!)
  }

  /** Fewer slots than before: those who rank lowest give theirs up, dwell or not, and stand with the others. */
  #shed(listener: number, ranking: Ranking, changes: ListenerChanges): void {
    while (this.#held[listener]! > this.max) {
      let lowest = -1
      for (let rank = 0; rank < ranking.count; rank++) {
        if (ranking.holds[rank] !== 0 && (lowest < 0 || ranking.score[rank]! < ranking.score[lowest]!)) lowest = rank
      }
      const index = ranking.holds[lowest]! - 1
      ranking.holds[lowest] = 0
      this.#taken[listener]! &= ~(1 << index)
      this.#held[listener]!--
      changes.slot(index, 0)
    }
  }
}

function bestOutside(ranking: Ranking): number {
  let best = -1
  let score = Number.NEGATIVE_INFINITY
  for (let rank = 0; rank < ranking.count; rank++) {
    if (ranking.holds[rank] !== 0 || ranking.score[rank]! <= score) continue
    score = ranking.score[rank]!
    best = rank
  }
  return best
}
