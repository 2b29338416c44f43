/** Snapshots that are written at once: appends share their connections, and go before. */
const defaultAtOnce = 2

/**
 * Snapshots on their way to the store, a few at a time. Of an actor the newest waits alone, so that no more wait than there
 * are actors, and a store that is slow gets no more of them.
 */
export class SnapshotSaves<Key, Snapshot> {
  readonly #save: (key: Key, snapshot: Snapshot) => Promise<void>
  readonly #atOnce: number
  readonly #waiting = new Map<Key, Snapshot>()
  #running = 0

  /** `save` never rejects. */
  constructor(save: (key: Key, snapshot: Snapshot) => Promise<void>, atOnce = defaultAtOnce) {
    this.#save = save
    this.#atOnce = atOnce
  }

  put(key: Key, snapshot: Snapshot): void {
    this.#waiting.set(key, snapshot)
    if (this.#running < this.#atOnce) void this.#work()
  }

  async #work(): Promise<void> {
    this.#running += 1
    for (let next = this.#take(); next; next = this.#take()) await this.#save(...next)
    this.#running -= 1
  }

  #take(): readonly [Key, Snapshot] | null {
    for (const entry of this.#waiting) {
      this.#waiting.delete(entry[0])
      return entry
    }
    return null
  }
}
