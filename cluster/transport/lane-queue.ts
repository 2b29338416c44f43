/** Lane 1 takes no more when so many bytes wait on a link, which is congested from then on. */
export const bulkLimitBytes = 4 * 1024 * 1024

/** With so few bytes waiting a congested link is one no more. */
export const lowWaterBytes = 1024 * 1024

/** Lane 0 closes the link when so many bytes wait on it: its peer does not read any more. */
export const controlLimitBytes = 16 * 1024 * 1024

/** Encoded frames of one lane that wait to be written, first in, first out. */
export class LaneQueue {
  #frames: Buffer[] = []
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  push(frame: Buffer): void {
    this.#frames.push(frame)
    this.#bytes += frame.length
  }

  /** Takes frames until at least `bytes` are taken, or all; none for 0 or less. */
  take(bytes: number): Buffer[] {
    let taken = 0
    let count = 0
    for (const frame of this.#frames) {
      if (taken >= bytes) break
      taken += frame.length
      count += 1
    }
    this.#bytes -= taken
    return this.#frames.splice(0, count)
  }

  clear(): void {
    this.#frames = []
    this.#bytes = 0
  }
}
