import { slotKind, type PlayerColumns } from './players.ts'

/** Less than 1 for any slot. */
const tieBreak = 2 ** -20

/** More cells than so many a grid does not get: it has larger ones instead. */
const cellsMax = 1 << 18

/**
 * Where everybody stands at this tick, finely and in the order of the cells, so that a search reads on and on in one place.
 * Counted out anew in each tick that needs it; those who stand outside the box are not in it.
 */
class FineGrid {
  readonly #preferred: number
  #start: Uint32Array
  readonly slot: Uint16Array
  /** x, y, z, range² again, in the order of the cells. */
  readonly place: Float32Array
  readonly #cellOf: Int32Array
  cell = 1
  left = 0
  bottom = 0
  columns = 0
  rows = 0
  count = 0

  constructor(capacity: number, cell: number) {
    this.#preferred = cell
    this.#start = new Uint32Array(1025)
    this.slot = new Uint16Array(capacity)
    this.place = new Float32Array(capacity * 4)
    this.#cellOf = new Int32Array(capacity)
  }

  startOf(cell: number): number {
    return this.#start[cell]!
  }

  /** The box in steps. With `speech`, only those who have spoken at that tick or since. */
  build(players: PlayerColumns, box: Float64Array, speech: number): void {
    const { place, kind, spokeAt, top } = players
    const [left, bottom, right, upper] = [box[0]!, box[1]!, box[2]!, box[3]!]
    this.cell = this.#preferred
    while (Math.ceil((right - left + 1) / this.cell) * Math.ceil((upper - bottom + 1) / this.cell) > cellsMax)
      this.cell *= 2
    this.left = left
    this.bottom = bottom
    this.columns = Math.max(1, Math.ceil((right - left + 1) / this.cell))
    this.rows = Math.max(1, Math.ceil((upper - bottom + 1) / this.cell))
    const cells = this.columns * this.rows
    if (this.#start.length < cells + 1) this.#start = new Uint32Array(Math.min(cellsMax, cells * 2) + 1)
    const start = this.#start
    start.fill(0, 0, cells + 1)
    for (let who = 0; who < top; who++) {
      const x = place[who * 4]!
      const y = place[who * 4 + 1]!
      const isOut = x < left || x > right || y < bottom || y > upper || spokeAt[who]! < speech
      if (isOut || (kind[who] !== slotKind.player && kind[who] !== slotKind.ghost)) {
        this.#cellOf[who] = -1
        continue
      }
      const cell = Math.floor((y - bottom) / this.cell) * this.columns + Math.floor((x - left) / this.cell)
      this.#cellOf[who] = cell
      start[cell]!++
    }
    let sum = 0
    for (let cell = 0; cell <= cells; cell++) {
      sum += start[cell]!
      start[cell] = sum
    }
    this.count = sum
    for (let who = top - 1; who >= 0; who--) {
      const cell = this.#cellOf[who]!
      if (cell < 0) continue
      const at = --start[cell]!
      this.slot[at] = who
      for (let axis = 0; axis < 4; axis++) this.place[at * 4 + axis] = place[who * 4 + axis]!
    }
  }

  get bytes(): number {
    return this.#start.byteLength + this.slot.byteLength + this.place.byteLength + this.#cellOf.byteLength
  }
}

/**
 * Finds the nearest in a crowd: ring by ring of cells around the listener, until there are enough and nobody in the next ring
 * could be nearer. What it costs depends on how many are wanted, not on how many stand around.
 */
export class CrowdSearch {
  /** Who was found, in no order: the first `found` count. */
  readonly chosen = new Uint16Array(256)
  found = 0
  /** What the search has of somebody, by slot: its number for one who was held up, that + 1 for one who was chosen. */
  readonly #seen: Uint32Array
  #search = 0
  readonly #everyone: FineGrid
  readonly #speakers: FineGrid
  readonly #players: PlayerColumns
  readonly #box = new Float64Array(4)
  readonly #farthest: number
  /** A heap with the farthest on top. */
  readonly #heapScore = new Float64Array(256)
  readonly #heapSlot = new Uint16Array(256)
  #heap = 0

  /** `farthest`: the longest range of any stance, steps. */
  constructor(players: PlayerColumns, range: number, farthest: number) {
    this.#players = players
    this.#farthest = farthest
    this.#seen = new Uint32Array(players.capacity)
    this.#everyone = new FineGrid(players.capacity, Math.max(8, range / 12))
    this.#speakers = new FineGrid(players.capacity, Math.max(8, range / 5))
  }

  /**
   * Takes down where everybody stands, around those in crowds, or everywhere for null. `speech`: since which tick somebody
   * counts as a speaker.
   */
  prepare(crowd: Uint8Array | null, speech: number): void {
    const { place, kind, top } = this.#players
    const box = this.#box
    box[0] = box[1] = Number.POSITIVE_INFINITY
    box[2] = box[3] = Number.NEGATIVE_INFINITY
    for (let slot = 0; slot < top; slot++) {
      if (crowd ? crowd[slot] === 0 : kind[slot] !== slotKind.player && kind[slot] !== slotKind.ghost) continue
      box[0] = Math.min(box[0], place[slot * 4]!)
      box[1] = Math.min(box[1], place[slot * 4 + 1]!)
      box[2] = Math.max(box[2], place[slot * 4]!)
      box[3] = Math.max(box[3], place[slot * 4 + 1]!)
    }
    box[0] -= this.#farthest
    box[1] -= this.#farthest
    box[2] += this.#farthest
    box[3] += this.#farthest
    this.#everyone.build(this.#players, box, Number.NEGATIVE_INFINITY)
    this.#speakers.build(this.#players, box, speech)
  }

  /** Whether whoever may be in range of that listener is in the grids. */
  covers(listener: number): boolean {
    const { place } = this.#players
    const x = place[listener * 4]!
    const y = place[listener * 4 + 1]!
    const far = this.#farthest
    const box = this.#box
    return x >= box[0]! + far && x <= box[2]! - far && y >= box[1]! + far && y <= box[3]! - far
  }

  /** Begins the search of a listener: nobody is chosen yet. */
  begin(): void {
    this.#search += 2
    if (this.#search > 0xffff_fff0) {
      this.#seen.fill(0)
      this.#search = 2
    }
    this.found = 0
  }

  isChosen(slot: number): boolean {
    return this.#seen[slot] === this.#search + 1
  }

  /** Chooses somebody for another reason than nearness. */
  choose(slot: number): void {
    this.#seen[slot] = this.#search + 1
    this.chosen[this.found++] = slot
  }

  /** Holds up somebody against those found by the next `nearest`, as standing at that square of a distance. */
  consider(slot: number, square: number, most: number): void {
    if (this.isChosen(slot)) return
    this.#seen[slot] = this.#search
    this.#offer(slot, square, most)
  }

  /**
   * Chooses the nearest `most` of those in range whose masks let the listener hear them and who are not chosen yet; among them
   * those held up before. True if there may be more in range than were wanted.
   */
  nearest(listener: number, most: number, speakersOnly: boolean, scale: number): boolean {
    const grid = speakersOnly ? this.#speakers : this.#everyone
    const full = most > 0 && this.#rings(grid, listener, most, scale)
    for (let at = 0; at < this.#heap; at++) this.choose(this.#heapSlot[at]!)
    this.#heap = 0
    return full
  }

  get bytes(): number {
    return this.#everyone.bytes + this.#speakers.bytes + this.#seen.byteLength
  }

  #rings(grid: FineGrid, listener: number, most: number, scale: number): boolean {
    const { place } = this.#players
    const x = place[listener * 4]! - grid.left
    const y = place[listener * 4 + 1]! - grid.bottom
    const column = Math.floor(x / grid.cell)
    const row = Math.floor(y / grid.cell)
    const inX = x - column * grid.cell
    const inY = y - row * grid.cell
    // Whoever stands in ring r is at least r cells away, less where the listener stands within their own.
    const near = Math.max(inX, grid.cell - inX, inY, grid.cell - inY)
    const limit = this.#farthest * Math.sqrt(scale)
    for (let ring = 0; ; ring++) {
      const least = ring * grid.cell - near
      if (least > limit) return this.#heap >= most
      if (least > 0 && this.#heap >= most && least * least > this.#heapScore[0]!) return true
      const top = row + ring
      const bottom = row - ring
      for (let at = Math.max(0, bottom); at <= Math.min(grid.rows - 1, top); at++) {
        if (at === top || at === bottom) this.#cells(grid, listener, at, column - ring, column + ring, most, scale)
        else {
          this.#cells(grid, listener, at, column - ring, column - ring, most, scale)
          this.#cells(grid, listener, at, column + ring, column + ring, most, scale)
        }
      }
    }
  }

  /** A run of cells of one row of the grid: its people stand side by side in memory. */
  #cells(grid: FineGrid, listener: number, row: number, from: number, to: number, most: number, scale: number): void {
    const first = Math.max(0, from)
    const last = Math.min(grid.columns - 1, to)
    if (first > last) return
    const { place, speakMask, hearMask } = this.#players
    const x = place[listener * 4]!
    const y = place[listener * 4 + 1]!
    const z = place[listener * 4 + 2]!
    const hears = hearMask[listener]!
    const end = grid.startOf(row * grid.columns + last + 1)
    for (let at = grid.startOf(row * grid.columns + first); at < end; at++) {
      const dx = grid.place[at * 4]! - x
      const dy = grid.place[at * 4 + 1]! - y
      const dz = grid.place[at * 4 + 2]! - z
      const square = dx * dx + dy * dy + dz * dz
      if (square > grid.place[at * 4 + 3]! * scale) continue
      if (this.#heap >= most && square > this.#heapScore[0]!) continue
      const slot = grid.slot[at]!
      if (slot === listener || this.#seen[slot]! >= this.#search || (speakMask[slot]! & hears) === 0) continue
      this.#offer(slot, square, most)
    }
  }

  #offer(slot: number, distance: number, most: number): void {
    // Squares are whole: of two at the same distance the lower slot is nearer, in whichever order they are met.
    const square = distance + slot * tieBreak
    const score = this.#heapScore
    const slots = this.#heapSlot
    if (this.#heap < most) {
      let at = this.#heap++
      while (at > 0) {
        const parent = (at - 1) >> 1
        if (score[parent]! >= square) break
        score[at] = score[parent]!
        slots[at] = slots[parent]!
        at = parent
      }
      score[at] = square
      slots[at] = slot
      return
    }
    if (most === 0 || square >= score[0]!) return
    let at = 0
    for (;;) {
      let child = at * 2 + 1
      if (child >= most) break
      if (child + 1 < most && score[child + 1]! > score[child]!) child++
      if (score[child]! <= square) break
      score[at] = score[child]!
      slots[at] = slots[child]!
      at = child
    }
    score[at] = square
    slots[at] = slot
  }
}
