// @ts-check

/*
 * The people of one region as dots between two answers of the gateway. Answers name nobody: they have places in the order of the region's
 * columns, in which whoever stays keeps their rank. So those who moved are found by rank, and by how far anybody can have gone. Pure.
 */

/** Places in answers are in this many steps to the metre. */
export const stepsPerMetre = 16

/** So many in a row who are gone are looked past. */
const goneMax = 16

/** Dots on their way from where they were drawn to where they are said to be. Metres. */
export class MovingPoints {
  /** x and y, one after the other. */
  from
  /** x and y, one after the other. */
  to
  /** 1 for a ghost. */
  ghost
  count

  /** @param {readonly number[]} points As answers have them: x, y in steps, and 1 for a ghost. */
  constructor(points) {
    this.count = Math.floor(points.length / 3)
    this.to = new Float32Array(this.count * 2)
    this.ghost = new Uint8Array(this.count)
    for (let index = 0; index < this.count; index += 1) {
      this.to[index * 2] = at(points, index * 3) / stepsPerMetre
      this.to[index * 2 + 1] = at(points, index * 3 + 1) / stepsPerMetre
      this.ghost[index] = at(points, index * 3 + 2)
    }
    this.from = this.to.slice()
  }

  /**
   * The dots of the next answer. Who was here goes on from where they are drawn; who is new, or has leapt, stands where they are.
   * @param {readonly number[]} points
   * @param {number} progress Of the way that these dots have gone, 0 to 1.
   * @param {number} reachM Farther than that nobody goes from one answer to the next.
   */
  next(points, progress, reachM) {
    const next = new MovingPoints(points)
    let rank = 0
    for (let index = 0; index < next.count; index += 1) {
      const same = this.#find(rank, next, index, reachM * reachM)
      if (same < 0) continue
      for (const axis of [0, 1]) {
        const from = at(this.from, same * 2 + axis)
        next.from[index * 2 + axis] = from + (at(this.to, same * 2 + axis) - from) * progress
      }
      rank = same + 1
    }
    return next
  }

  /**
   * @param {number} rank Where to look first.
   * @param {MovingPoints} next
   * @param {number} index
   * @param {number} reachSquared
   */
  #find(rank, next, index, reachSquared) {
    const last = Math.min(rank + goneMax, this.count - 1)
    for (let one = rank; one <= last; one += 1) {
      const dx = at(this.to, one * 2) - at(next.to, index * 2)
      const dy = at(this.to, one * 2 + 1) - at(next.to, index * 2 + 1)
      if (this.ghost[one] === next.ghost[index] && dx * dx + dy * dy <= reachSquared) return one
    }
    return -1
  }
}

/**
 * @param {ArrayLike<number>} numbers
 * @param {number} index
 */
const at = (numbers, index) => numbers[index] ?? 0
