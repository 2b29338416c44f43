// @ts-check

/** @typedef {{ from_session: string, signal_seq: number }} Heard */

/** Senders of one room that are remembered, those heard last. As many as an `attach` takes. */
const sendersMax = 64

/**
 * Up to which signal one seat has heard each sender. Signals are numbered by their sender, come in order, and may come twice: after
 * the room got a new owner, or the seat another socket.
 */
export class HeardSignals {
  /** @type {Map<string, number>} */
  #upTo = new Map()
  /** @type {Set<string>} */
  #unsaid = new Set()

  /**
   * Takes note of a signal. False: it was heard before.
   * @param {Heard} signal
   */
  isNew({ from_session: from, signal_seq: seq }) {
    // Repeated or not, the gateway waits to be told.
    this.#unsaid.add(from)
    if (seq <= (this.#upTo.get(from) ?? 0)) return false
    this.#upTo.delete(from)
    this.#upTo.set(from, seq)
    const [oldest] = this.#upTo.keys()
    if (this.#upTo.size > sendersMax && oldest !== undefined) this.#upTo.delete(oldest)
    return true
  }

  /** For an `attach`: those need not come again. @returns {Heard[]} */
  all() {
    return Array.from(this.#upTo, ([from, seq]) => ({ from_session: from, signal_seq: seq }))
  }

  /** What is to be confirmed now. @returns {Heard[]} */
  take() {
    const taken = this.all().filter(({ from_session: from }) => this.#unsaid.has(from))
    this.#unsaid.clear()
    return taken
  }
}
