import Flatbush from 'flatbush'
import KDBush from 'kdbush'
import type { World } from './world.ts'

const inSquare = 480 ** 2
const outSquare = 528 ** 2
const rowMax = 512

/** Who was heard, by listener: what all rivals remember, and the one piece of code that finds what is new. */
class HeardRows {
  readonly #peers: Uint16Array
  readonly #counts: Uint16Array
  readonly #stamp: Float64Array
  readonly #near = new Uint16Array(rowMax)
  #stamps = 0
  changes = 0

  constructor(n: number) {
    this.#peers = new Uint16Array(n * rowMax)
    this.#counts = new Uint16Array(n)
    this.#stamp = new Float64Array(n)
  }

  /** `found` within the edge: those within the range, and those who were heard, are heard. */
  diff(world: World, listener: number, found: ArrayLike<number>, length: number): void {
    const base = listener * rowMax
    const old = ++this.#stamps
    for (let n = 0; n < this.#counts[listener]!; n++) this.#stamp[this.#peers[base + n]!] = old
    let count = 0
    let stayed = 0
    for (let n = 0; n < length; n++) {
      const peer = found[n]!
      if (peer === listener) continue
      const dx = world.x[peer]! - world.x[listener]!
      const dy = world.y[peer]! - world.y[listener]!
      const square = dx * dx + dy * dy
      const was = this.#stamp[peer] === old
      if (square > (was ? outSquare : inSquare) || count >= rowMax) continue
      if (was) stayed++
      this.#near[count++] = peer
    }
    this.changes += count - stayed + this.#counts[listener]! - stayed
    for (let n = 0; n < count; n++) this.#peers[base + n] = this.#near[n]!
    this.#counts[listener] = count
  }
}

/** One way to find out who is near whom. */
export interface Rival {
  readonly name: string
  /** Looks at everybody once. */
  tick(world: World): void
}

/** kdbush: a static tree, made anew in each tick. */
export function kdbush(n: number): Rival {
  const rows = new HeardRows(n)
  return {
    name: 'kdbush',
    tick(world) {
      const tree = new KDBush(world.n, 64, Float64Array)
      for (let i = 0; i < world.n; i++) tree.add(world.x[i]!, world.y[i]!)
      tree.finish()
      for (let i = 0; i < world.n; i++) {
        const found = tree.within(world.x[i]!, world.y[i]!, 528)
        rows.diff(world, i, found, found.length)
      }
    },
  }
}

/** flatbush: a static R-tree, made anew in each tick. */
export function flatbush(n: number): Rival {
  const rows = new HeardRows(n)
  return {
    name: 'flatbush',
    tick(world) {
      const tree = new Flatbush(world.n)
      for (let i = 0; i < world.n; i++) tree.add(world.x[i]!, world.y[i]!)
      tree.finish()
      for (let i = 0; i < world.n; i++) {
        const [x, y] = [world.x[i]!, world.y[i]!]
        const found = tree.search(x - 528, y - 528, x + 528, y + 528)
        rows.diff(world, i, found, found.length)
      }
    },
  }
}

/** A grid of cells half the edge wide, counted out anew in each tick, into typed arrays. */
export class Grid {
  readonly cell = 264
  readonly #columns: number
  readonly #start: Uint32Array
  readonly #items: Uint16Array
  readonly found = new Uint16Array(16_384)

  constructor(world: World) {
    this.#columns = Math.ceil(world.side / this.cell) + 1
    this.#start = new Uint32Array(this.#columns ** 2 + 1)
    this.#items = new Uint16Array(world.n)
  }

  #cellOf(world: World, i: number): number {
    const at = (value: number) => Math.max(0, Math.min(this.#columns - 1, Math.floor(value / this.cell)))
    return at(world.y[i]!) * this.#columns + at(world.x[i]!)
  }

  build(world: World): void {
    const start = this.#start
    start.fill(0)
    for (let i = 0; i < world.n; i++) start[this.#cellOf(world, i)]!++
    let sum = 0
    for (let cell = 0; cell < start.length; cell++) {
      sum += start[cell]!
      start[cell] = sum
    }
    for (let i = world.n - 1; i >= 0; i--) this.#items[--start[this.#cellOf(world, i)]!] = i
  }

  /** Everybody within the edge; how many. */
  near(world: World, i: number): number {
    const [x, y] = [world.x[i]!, world.y[i]!]
    const at = (value: number) => Math.max(0, Math.min(this.#columns - 1, Math.floor(value / this.cell)))
    let count = 0
    for (let row = at(y - 528); row <= at(y + 528); row++) {
      const end = this.#start[row * this.#columns + at(x + 528) + 1]!
      for (let n = this.#start[row * this.#columns + at(x - 528)]!; n < end; n++) {
        const peer = this.#items[n]!
        const dx = world.x[peer]! - x
        const dy = world.y[peer]! - y
        if (dx * dx + dy * dy <= outSquare) this.found[count++] = peer
      }
    }
    return count
  }
}

export function gridScan(world: World): Rival {
  const rows = new HeardRows(world.n)
  const grid = new Grid(world)
  return {
    name: 'grid scan',
    tick() {
      grid.build(world)
      for (let i = 0; i < world.n; i++) rows.diff(world, i, grid.found, grid.near(world, i))
    },
  }
}

/** The same for a crowd: of all within range, the nearest `most`, by a heap. */
export function crowdedGridScan(world: World, most: number): Rival {
  const grid = new Grid(world)
  const heap = new Float64Array(most)
  return {
    name: 'grid scan',
    tick() {
      grid.build(world)
      for (let i = 0; i < world.n; i++) {
        const count = grid.near(world, i)
        heap.fill(Number.POSITIVE_INFINITY)
        for (let n = 0; n < count; n++) {
          const peer = grid.found[n]!
          const square = (world.x[peer]! - world.x[i]!) ** 2 + (world.y[peer]! - world.y[i]!) ** 2
          if (square < heap[0]! && peer !== i) sift(heap, square)
        }
      }
    },
  }
}

/** Puts a value in the place of the largest. */
function sift(heap: Float64Array, value: number): void {
  let at = 0
  for (;;) {
    let child = at * 2 + 1
    if (child >= heap.length) break
    if (child + 1 < heap.length && heap[child + 1]! > heap[child]!) child++
    if (heap[child]! <= value) break
    heap[at] = heap[child]!
    at = child
  }
  heap[at] = value
}
