/**
 * Keeps the commands of one source to one actor in order: the next one starts when the one before it has its outcome, so
 * that a re-sent command is never overtaken by a younger one. Sources do not wait for each other.
 */
export class OrderedLanes {
  readonly #tails = new Map<string, Promise<unknown>>()
  #size = 0

  /** Commands without an outcome, in all lanes. */
  get size(): number {
    return this.#size
  }

  run<Value>(lane: string, work: () => Promise<Value>): Promise<Value> {
    const before = this.#tails.get(lane)
    this.#size += 1
    const turn = before ? before.then(work, work) : work()
    this.#tails.set(lane, turn)
    const clear = () => {
      this.#size -= 1
      if (this.#tails.get(lane) === turn) this.#tails.delete(lane)
    }
    turn.then(clear, clear)
    return turn
  }
}
