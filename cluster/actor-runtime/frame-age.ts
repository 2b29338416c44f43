/** Transits of the last so many spans are compared. */
const spans = 3
const spanMs = 5_000

/**
 * How long frames of one link were on their way, beyond the shortest way any of them had lately. The sender writes its own
 * clock on each; two clocks need not agree, and one that runs a percent faster is off by 150 ms at the most.
 */
export class FrameAge {
  /** Of each span its shortest transit, by two clocks that do not agree: numbers that mean something only among themselves. */
  #shortest: number[] = []
  #spanBeganMs = 0

  /** `sentMs`: by the sender's clock; 0 where it told nothing. */
  of(sentMs: number, nowMs: number): number {
    if (sentMs === 0) return 0
    const transit = nowMs - sentMs
    if (this.#shortest.length === 0 || sentMs - this.#spanBeganMs > spanMs) {
      this.#spanBeganMs = sentMs
      this.#shortest = [...this.#shortest, transit].slice(-spans)
    }
    const last = this.#shortest.length - 1
    this.#shortest[last] = Math.min(this.#shortest[last] ?? transit, transit)
    return transit - Math.min(...this.#shortest)
  }
}
