// @ts-check

/** Root mean square of the signal, 0 to 1, from which on it counts as speech: about -40 dBFS. */
const openLevel = 0.01
/** Pauses between words are shorter than this. Ms. */
const hangMs = 600
/** Least time between two announcements. Ms. */
const leastGapMs = 400

/**
 * Turns levels into "speaks" and "is quiet", seldom enough to tell a whole room: speech counts at once, silence after
 * 600 ms, and there are at least 400 ms between two changes.
 */
export class SpeakingGate {
  #speaking = false
  #lastLoudMs = -Infinity
  #lastChangeMs = -Infinity

  /**
   * @param {number} level Root mean square, 0 to 1.
   * @param {number} nowMs
   * @returns {boolean | null} The new state where it changed, else null.
   */
  update(level, nowMs) {
    if (level >= openLevel) this.#lastLoudMs = nowMs
    const speaking = nowMs - this.#lastLoudMs < hangMs
    if (speaking === this.#speaking || nowMs - this.#lastChangeMs < leastGapMs) return null
    this.#speaking = speaking
    this.#lastChangeMs = nowMs
    return speaking
  }
}
