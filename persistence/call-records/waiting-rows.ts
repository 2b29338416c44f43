/** Bounds of what may wait to be written. */
export interface WaitingBounds {
  readonly rows: number
  /** As told by who adds a row. */
  readonly bytes: number
}

interface Waiting<Row> {
  readonly row: Row
  readonly bytes: number
}

/** Head room that is cut off when it is half of the list: taking from the front then costs nothing on the whole. */
const compactAt = 1_024

/**
 * Rows in the order they came, between a hot path that adds and a writer that takes. Bounded by number and by bytes: the oldest
 * are dropped for the new, since what is newest tells most of a call that is going on. A row alone over the bound of bytes is
 * dropped itself.
 */
export class WaitingRows<Row> {
  readonly #bounds: WaitingBounds
  #rows: (Waiting<Row> | undefined)[] = []
  #head = 0
  #bytes = 0

  constructor(bounds: WaitingBounds) {
    this.#bounds = bounds
  }

  get size(): number {
    return this.#rows.length - this.#head
  }

  get bytes(): number {
    return this.#bytes
  }

  /** Returns how many rows were dropped for it. */
  add(row: Row, bytes: number): number {
    if (bytes > this.#bounds.bytes) return 1
    this.#rows.push({ row, bytes })
    this.#bytes += bytes
    return this.#dropOldest()
  }

  /** The oldest rows, at most `limit`: they do not wait any more. */
  take(limit: number): TakenRows<Row> {
    const taken: Waiting<Row>[] = []
    while (taken.length < limit && this.size > 0) taken.push(this.#shift())
    return { rows: taken.map(({ row }) => row), sizes: taken.map(({ bytes }) => bytes) }
  }

  /** Rows that were taken and not written wait again, in front of all others. Returns how many of the oldest were dropped. */
  putBack({ rows, sizes }: TakenRows<Row>): number {
    const again = rows.map((row, index) => ({ row, bytes: sizes[index] ?? 0 }))
    this.#rows = [...again, ...this.#rows.slice(this.#head)]
    this.#head = 0
    this.#bytes += again.reduce((sum, { bytes }) => sum + bytes, 0)
    return this.#dropOldest()
  }

  #dropOldest(): number {
    let dropped = 0
    while (this.size > this.#bounds.rows || this.#bytes > this.#bounds.bytes) {
      this.#shift()
      dropped += 1
    }
    return dropped
  }

  #shift(): Waiting<Row> {
    const first = this.#rows[this.#head]
    if (!first) throw new Error('nothing waits')
    this.#rows[this.#head] = undefined
    this.#head += 1
    this.#bytes -= first.bytes
    if (this.#head >= compactAt && this.#head * 2 >= this.#rows.length) {
      this.#rows = this.#rows.slice(this.#head)
      this.#head = 0
    }
    return first
  }
}

/** Rows that a writer has in hand, with their sizes. */
export interface TakenRows<Row> {
  readonly rows: readonly Row[]
  readonly sizes: readonly number[]
}
