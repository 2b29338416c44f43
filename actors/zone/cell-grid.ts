const none = 0xffff

/**
 * Who stands where, coarsely: chains of slots by cell and layer. A layer is a stance, so that one who shouts does not make
 * everybody look twice as far. What lies outside the grid belongs to the cells at its edge.
 */
export class CellGrid {
  readonly cell: number
  readonly columns: number
  readonly rows: number
  readonly layers: number
  /** First slot of a chain, by (row * columns + column) * layers + layer; 0xffff for none. */
  readonly heads: Uint16Array
  /** The slot after this one in its chain. */
  readonly next: Uint16Array
  /** How many stand in each layer. */
  readonly counts: Uint32Array
  readonly #previous: Uint16Array
  /** Which chain a slot is in; -1 for none. */
  readonly #chain: Int32Array

  /** Sides and cell in steps. */
  constructor(width: number, height: number, cell: number, layers: number, capacity: number) {
    this.cell = cell
    this.layers = layers
    this.columns = Math.max(1, Math.ceil(width / cell))
    this.rows = Math.max(1, Math.ceil(height / cell))
    this.heads = new Uint16Array(this.columns * this.rows * layers).fill(none)
    this.next = new Uint16Array(capacity).fill(none)
    this.#previous = new Uint16Array(capacity).fill(none)
    this.#chain = new Int32Array(capacity).fill(-1)
    this.counts = new Uint32Array(layers)
  }

  columnOf(x: number): number {
    const column = Math.floor(x / this.cell)
    return column < 0 ? 0 : column >= this.columns ? this.columns - 1 : column
  }

  rowOf(y: number): number {
    const row = Math.floor(y / this.cell)
    return row < 0 ? 0 : row >= this.rows ? this.rows - 1 : row
  }

  /** Puts a slot where it stands now, from wherever it was. */
  put(slot: number, x: number, y: number, layer: number): void {
    const chain = (this.rowOf(y) * this.columns + this.columnOf(x)) * this.layers + layer
    if (this.#chain[slot] === chain) return
    this.remove(slot)
    const head = this.heads[chain]!
    this.next[slot] = head
    this.#previous[slot] = none
    if (head !== none) this.#previous[head] = slot
    this.heads[chain] = slot
    this.#chain[slot] = chain
    this.counts[layer]!++
  }

  /** Takes a slot out. One that is in no cell stays so. */
  remove(slot: number): void {
    const chain = this.#chain[slot]!
    if (chain < 0) return
    const next = this.next[slot]!
    const previous = this.#previous[slot]!
    if (previous === none) this.heads[chain] = next
    else this.next[previous] = next
    if (next !== none) this.#previous[next] = previous
    this.#chain[slot] = -1
    this.counts[chain % this.layers]!--
  }

  get bytes(): number {
    return this.heads.byteLength + this.next.byteLength + this.#previous.byteLength + this.#chain.byteLength
  }
}
