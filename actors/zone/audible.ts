import type { KernelColumns } from './kernel/layout.ts'

/**
 * The audible sets: for each listener, who holds which media slot. Slots are few and made beforehand, so that somebody new is a
 * matter of two bytes. Whoever holds one keeps it for the dwell, and gives it up only to somebody who ranks higher: the kernel's
 * `rank` gives them out.
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
  readonly #pauseTicks: number

  constructor(columns: KernelColumns, width: number, pauseTicks: number) {
    this.#width = width
    this.#taken = columns.slotTaken
    this.#since = columns.slotSince
    this.#held = columns.slotHeld
    this.#linked = columns.slotLinked
    this.#pauseTicks = pauseTicks
  }

  /** How many slots of the listener are taken. */
  held(listener: number): number {
    return this.#held[listener]!
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
}
