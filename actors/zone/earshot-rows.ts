import type { KernelColumns } from './kernel/layout.ts'

/**
 * For each listener a row of those in earshot, in no order. All rows have the same length, so that a row is where its slot says. An
 * entry is a word: who, under which alias, and in its highest byte a mark: bits 0 and 1 the tier by which the listener was told last,
 * bits 2 to 7 the media slot + 1.
 */
export class EarshotRows {
  /** How many entries of a row count, by slot. */
  readonly members: Uint8Array
  /** Entries of a row. */
  readonly #length: number
  readonly #entries: Uint32Array

  constructor(columns: KernelColumns, length: number) {
    this.members = columns.rowMembers
    this.#length = length
    this.#entries = columns.row
  }

  /** The first entry of a row. */
  startOf(slot: number): number {
    return slot * this.#length
  }

  /** Where a row ends now. */
  endOf(slot: number): number {
    return slot * this.#length + this.members[slot]!
  }

  /** Who stands at an entry. */
  peer(at: number): number {
    return this.#entries[at]! & 0xffff
  }

  /** Under which alias the listener knows them. */
  alias(at: number): number {
    return (this.#entries[at]! >>> 16) & 0xff
  }

  /** By which tier the listener was told of them last. */
  tier(at: number): number {
    return (this.#entries[at]! >>> 24) & 3
  }

  /** In which media slot they are heard; -1 for none. */
  mediaSlot(at: number): number {
    return (this.#entries[at]! >>> 26) - 1
  }

  /** Somebody comes into earshot. False, and nothing changed, if the row is full. */
  admit(slot: number, peer: number, alias: number, tier: number): boolean {
    if (this.members[slot]! >= this.#length) return false
    this.#entries[this.endOf(slot)] = peer | (alias << 16) | (tier << 24)
    this.members[slot]!++
    return true
  }

  /** Who stands at an entry is heard in that media slot. */
  hold(at: number, mediaSlot: number): void {
    this.#entries[at] = (this.#entries[at]! & 0x03ff_ffff) | ((mediaSlot + 1) << 26)
  }

  clear(slot: number): void {
    this.members[slot] = 0
  }
}
