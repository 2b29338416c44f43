import type { KernelColumns } from './kernel/layout.ts'

/**
 * What changed for one listener in a tick. One of these serves all listeners one after the other: whoever is handed it reads it
 * before returning, and keeps nothing of it.
 */
export class ListenerChanges {
  /** Who came into earshot, and under which alias. */
  readonly enterAlias: Uint8Array
  readonly enterPeer: Uint16Array
  readonly enterTier: Uint8Array
  enters = 0
  /** Of whom something else changed than their place: told again as if they came, under the alias they have. */
  readonly renewAlias: Uint8Array
  readonly renewPeer: Uint16Array
  readonly renewTier: Uint8Array
  renews = 0
  /** Whose alias is over. */
  readonly leaveAlias: Uint8Array
  leaves = 0
  /** Who moved otherwise than was last told, and by which tier of closeness. */
  readonly updateAlias: Uint8Array
  readonly updatePeer: Uint16Array
  readonly updateTier: Uint8Array
  updates = 0
  /** Media slots that changed hands; alias 0 for an empty one. */
  readonly slotIndex: Uint8Array
  readonly slotAlias: Uint8Array
  slots = 0
  /** How many of each there are, in the order above. */
  readonly #counts: Uint8Array

  constructor(columns: KernelColumns) {
    this.enterAlias = columns.enterAlias
    this.enterPeer = columns.enterPeer
    this.enterTier = columns.enterTier
    this.renewAlias = columns.renewAlias
    this.renewPeer = columns.renewPeer
    this.renewTier = columns.renewTier
    this.leaveAlias = columns.leaveAlias
    this.updateAlias = columns.updateAlias
    this.updatePeer = columns.updatePeer
    this.updateTier = columns.updateTier
    this.slotIndex = columns.slotIndex
    this.slotAlias = columns.slotAlias
    this.#counts = columns.counts
  }

  /** After a look: takes over how many there are. */
  count(): void {
    const counts = this.#counts
    this.enters = counts[0]!
    this.renews = counts[1]!
    this.leaves = counts[2]!
    this.updates = counts[3]!
    this.slots = counts[4]!
  }
}
