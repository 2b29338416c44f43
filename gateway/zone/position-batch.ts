import { Batch, positionFlags, recordBytes } from '../../protocol/zone/frames.ts'

/** A batch is not longer, B: it fits one packet of a network of today. */
export const batchMaxBytes = 1_400

const most = Math.floor((batchMaxBytes - recordBytes.batchHeader) / recordBytes.batchRecord)
/** What a client said between two batches, and said no more in the last of its frames, counts all the same. */
const keptFlags = positionFlags.speaks | positionFlags.leaps

/**
 * The positions of a gateway's players in one region since the last batch: one record for each player, and the last place that they said. It makes no
 * object for a position.
 */
export class PositionBatch {
  readonly #bytes = new Uint8Array(recordBytes.batchHeader + most * recordBytes.batchRecord)
  readonly #view = new DataView(this.#bytes.buffer)
  readonly #zone: number
  readonly #region: number
  readonly #epoch: number
  /** Where the record of a slot begins. */
  readonly #at = new Map<number, number>()

  /** `epoch`: of the region, as it was when it gave the slots. */
  constructor(zone: number, region: number, epoch: number) {
    this.#zone = zone
    this.#region = region
    this.#epoch = epoch
  }

  get isEmpty(): boolean {
    return this.#at.size === 0
  }

  /** No further player finds room: take it. */
  get isFull(): boolean {
    return this.#at.size === most
  }

  /**
   * `slot` as the region gave it, `position` a frame of that kind that was checked. False, and nothing was taken, where it is full and has
   * no record of that slot.
   */
  put(slot: number, position: Uint8Array): boolean {
    const known = this.#at.get(slot)
    if (known === undefined && this.isFull) return false
    const at = known ?? recordBytes.batchHeader + this.#at.size * recordBytes.batchRecord
    if (known === undefined) this.#at.set(slot, at)
    const kept = known === undefined ? 0 : (this.#bytes[at + 11] ?? 0) & keptFlags
    this.#view.setUint32(at, slot, true)
    // All of a client's frame but its number goes on: x, y, z and yaw lie in both in this order, velocities behind the flags in the record.
    this.#bytes.set(position.subarray(4, 11), at + 4)
    this.#bytes[at + 11] = (position[1] ?? 0) | kept
    this.#bytes.set(position.subarray(11, recordBytes.position), at + 12)
    return true
  }

  /** A copy of the frame; from here on it is empty. */
  take(): Uint8Array {
    const view = this.#view
    view.setUint8(0, Batch.code)
    view.setUint32(1, this.#zone, true)
    view.setUint16(5, this.#region, true)
    view.setUint32(7, this.#epoch, true)
    view.setUint16(11, this.#at.size, true)
    const taken = this.#bytes.slice(0, recordBytes.batchHeader + this.#at.size * recordBytes.batchRecord)
    this.#at.clear()
    return taken
  }
}
