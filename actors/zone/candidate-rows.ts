/** Room that a row may have. Steps of a half keep what is unused under a third, mostly. */
const sizes = [8, 16, 24, 32, 48, 64, 96, 128, 192, 256] as const

/** More than so many candidates nobody has: then it is a crowd. With the 80 of an earshot that was left behind, a row is full. */
export const rowMax = 176

/**
 * For each listener a row of others, in one arena: first those in earshot, then those who may come to be. Rows grow into the next
 * size, and what they leave is used again, so that a zone at rest allocates nothing. When the arena is full the rows are put side
 * by side in a new one with a quarter of room to spare.
 */
export class CandidateRows {
  /** Who, by entry. */
  peer: Uint16Array
  /** Under which alias the listener knows them; 0 for those who are not in earshot. */
  alias: Uint8Array
  /** What the listener was told of them: see earshot.ts. */
  mark: Uint8Array
  /** First entry and number of entries, by slot. */
  readonly start: Int32Array
  readonly count: Uint16Array
  /** How many of them are in earshot: the first ones. At most 80. */
  readonly members: Uint8Array
  readonly #size: Uint8Array
  /** First free block of a size; -1 for none. The next one stands in the first two entries of a block. */
  readonly #free = new Int32Array(sizes.length).fill(-1)
  #used = 0

  constructor(capacity: number) {
    const entries = Math.max(4096, capacity * 16)
    this.peer = new Uint16Array(entries)
    this.alias = new Uint8Array(entries)
    this.mark = new Uint8Array(entries)
    this.start = new Int32Array(capacity).fill(-1)
    this.count = new Uint16Array(capacity)
    this.members = new Uint8Array(capacity)
    this.#size = new Uint8Array(capacity)
  }

  /** Makes room for so many entries in a row, keeping those it has. At most 256. */
  reserve(slot: number, entries: number): void {
    const has = this.start[slot]! < 0 ? -1 : this.#size[slot]!
    if (has >= 0 && sizes[has]! >= entries && (has < 2 || sizes[has - 2]! < entries)) return
    let size = 0
    while (sizes[size]! < entries) size++
    if (size === has) return
    const to = this.#take(size)
    // Read after the taking, which may have put all rows elsewhere.
    const from = this.start[slot]!
    if (from >= 0) {
      const n = Math.min(this.count[slot]!, entries)
      for (let at = 0; at < n; at++) {
        this.peer[to + at] = this.peer[from + at]!
        this.alias[to + at] = this.alias[from + at]!
        this.mark[to + at] = this.mark[from + at]!
      }
      this.#give(from, has)
    }
    this.start[slot] = to
    this.#size[slot] = size
  }

  /** Appends a candidate. False if the row is as long as a row may be. */
  append(slot: number, peer: number): boolean {
    const n = this.count[slot]!
    if (n >= rowMax) return false
    const start = this.start[slot]!
    if (start < 0 || n >= sizes[this.#size[slot]!]!) this.reserve(slot, n + 1)
    const at = this.start[slot]! + n
    this.peer[at] = peer
    this.alias[at] = 0
    this.mark[at] = 0
    this.count[slot] = n + 1
    return true
  }

  has(slot: number, peer: number): boolean {
    const from = this.start[slot]!
    const to = from + this.count[slot]!
    for (let at = from; at < to; at++) if (this.peer[at] === peer) return true
    return false
  }

  /** An entry comes into earshot: it stands after the last one that is, from now on. Where that is. */
  admit(slot: number, at: number, alias: number, mark: number): number {
    const to = this.start[slot]! + this.members[slot]!++
    this.peer[at] = this.#swap(to, at)
    this.alias[to] = alias
    this.mark[to] = mark
    return to
  }

  /** One in earshot is so no more; the last one that is comes in its place. */
  dismiss(slot: number, at: number): void {
    const last = this.start[slot]! + --this.members[slot]!
    this.peer[at] = this.#swap(last, at)
    this.alias[at] = this.alias[last]!
    this.mark[at] = this.mark[last]!
    this.alias[last] = 0
    this.mark[last] = 0
  }

  /** Only those in earshot stay. */
  keepMembers(slot: number): void {
    this.count[slot] = this.members[slot]!
  }

  /** Gives the row back. */
  clear(slot: number): void {
    const start = this.start[slot]!
    if (start >= 0) this.#give(start, this.#size[slot]!)
    this.start[slot] = -1
    this.count[slot] = 0
    this.members[slot] = 0
  }

  get bytes(): number {
    return this.peer.length * 4 + this.start.byteLength + this.count.byteLength + this.members.byteLength * 2
  }

  /** Puts who stands at `from` at `to`, and tells who stood there. */
  #swap(to: number, from: number): number {
    const before = this.peer[to]!
    this.peer[to] = this.peer[from]!
    return before
  }

  #take(size: number): number {
    const block = this.#free[size]!
    if (block >= 0) {
      this.#free[size] = this.peer[block]! | ((this.peer[block + 1]! << 16) >>> 0)
      if (this.#free[size] === 0x7fffffff) this.#free[size] = -1
      return block
    }
    const entries = sizes[size]!
    if (this.#used + entries > this.peer.length) this.#renew(entries)
    const start = this.#used
    this.#used += entries
    return start
  }

  #give(block: number, size: number): void {
    const next = this.#free[size]! < 0 ? 0x7fffffff : this.#free[size]!
    this.peer[block] = next & 0xffff
    this.peer[block + 1] = next >>> 16
    this.#free[size] = block
  }

  #renew(more: number): void {
    let live = more
    for (let slot = 0; slot < this.start.length; slot++) {
      if (this.start[slot]! >= 0) live += sizes[this.#size[slot]!]!
    }
    const entries = Math.max(4096, Math.ceil(live * 1.25))
    const { peer, alias, mark } = this
    this.peer = new Uint16Array(entries)
    this.alias = new Uint8Array(entries)
    this.mark = new Uint8Array(entries)
    this.#free.fill(-1)
    this.#used = 0
    for (let slot = 0; slot < this.start.length; slot++) {
      const from = this.start[slot]!
      if (from < 0) continue
      const to = from + this.count[slot]!
      this.peer.set(peer.subarray(from, to), this.#used)
      this.alias.set(alias.subarray(from, to), this.#used)
      this.mark.set(mark.subarray(from, to), this.#used)
      this.start[slot] = this.#used
      this.#used += sizes[this.#size[slot]!]!
    }
  }
}
