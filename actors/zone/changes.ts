/**
 * What changed for one listener in a tick. One of these serves all listeners one after the other: whoever is handed it reads it
 * before returning, and keeps nothing of it.
 */
export class ListenerChanges {
  /** Who came into earshot, and under which alias. */
  readonly enterAlias = new Uint8Array(256)
  readonly enterPeer = new Uint16Array(256)
  readonly enterTier = new Uint8Array(256)
  enters = 0
  /** Of whom something else changed than their place: told again as if they came, under the alias they have. */
  readonly renewAlias = new Uint8Array(256)
  readonly renewPeer = new Uint16Array(256)
  readonly renewTier = new Uint8Array(256)
  renews = 0
  /** Whose alias is over. */
  readonly leaveAlias = new Uint8Array(256)
  leaves = 0
  /** Who moved otherwise than was last told, and by which tier of closeness. */
  readonly updateAlias = new Uint8Array(256)
  readonly updatePeer = new Uint16Array(256)
  readonly updateTier = new Uint8Array(256)
  updates = 0
  /** Media slots that changed hands; alias 0 for an empty one. */
  readonly slotIndex = new Uint8Array(256)
  readonly slotAlias = new Uint8Array(256)
  slots = 0

  clear(): void {
    this.enters = 0
    this.renews = 0
    this.leaves = 0
    this.updates = 0
    this.slots = 0
  }

  get none(): boolean {
    return this.enters + this.renews + this.leaves + this.updates + this.slots === 0
  }

  enter(alias: number, peer: number, tier: number): void {
    this.enterAlias[this.enters] = alias
    this.enterPeer[this.enters] = peer
    this.enterTier[this.enters++] = tier
  }

  renew(alias: number, peer: number, tier: number): void {
    this.renewAlias[this.renews] = alias
    this.renewPeer[this.renews] = peer
    this.renewTier[this.renews++] = tier
  }

  leave(alias: number): void {
    this.leaveAlias[this.leaves++] = alias
  }

  update(alias: number, peer: number, tier: number): void {
    this.updateAlias[this.updates] = alias
    this.updatePeer[this.updates] = peer
    this.updateTier[this.updates++] = tier
  }

  /** What a slot holds at last; earlier words of the same tick are overwritten. */
  slot(index: number, alias: number): void {
    let at = 0
    while (at < this.slots && this.slotIndex[at] !== index) at++
    this.slotIndex[at] = index
    this.slotAlias[at] = alias
    if (at === this.slots) this.slots++
  }
}
