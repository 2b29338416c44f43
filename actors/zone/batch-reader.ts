import { AppError } from '../../protocol/errors.ts'
import { Batch, positionFlags, recordBytes } from '../../protocol/zone/frames.ts'
import type { PositionAuthority } from './authority.ts'
import type { ZoneEngine } from './engine.ts'
import { slotKind } from './players.ts'

/** What became of the positions of a batch. */
export interface BatchOutcome {
  taken: number
  /** By the authority: too fast, too far, too soon. */
  refused: number
  /** For a slot whose holder is gone, or flags that do not exist. */
  unknown: number
}

/**
 * Writes the positions of a `batch` into the columns, without an object for any of them. Throws VALIDATION_FAILED for bytes that
 * are not one; then nothing was written. One bad record does not spoil the others: it is counted.
 */
export class BatchReader {
  /** Of the batch that was read last. */
  readonly outcome: BatchOutcome = { taken: 0, refused: 0, unknown: 0 }
  readonly #engine: ZoneEngine
  readonly #authority: PositionAuthority

  constructor(engine: ZoneEngine, authority: PositionAuthority) {
    this.#engine = engine
    this.#authority = authority
  }

  /** The region's epoch that the sender meant; -1 if the bytes are too few to say. */
  static epochOf(bytes: Uint8Array): number {
    return bytes.length < recordBytes.batchHeader ? -1 : new DataView(bytes.buffer, bytes.byteOffset).getUint32(7, true)
  }

  read(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const isBatch = bytes.length >= recordBytes.batchHeader && bytes[0] === Batch.code
    const count = isBatch ? view.getUint16(11, true) : 0
    if (!isBatch || bytes.length !== recordBytes.batchHeader + count * recordBytes.batchRecord) {
      throw new AppError('VALIDATION_FAILED', { field: '', problem: 'is no batch, or not as long as it says' })
    }
    const { outcome } = this
    outcome.taken = outcome.refused = outcome.unknown = 0
    for (let n = 0; n < count; n++) this.#record(view, recordBytes.batchHeader + n * recordBytes.batchRecord)
  }

  #record(view: DataView, at: number): void {
    const engine = this.#engine
    const { players } = engine
    const address = view.getUint32(at, true)
    const slot = address & 0xffff
    const flags = view.getUint8(at + 11)
    const stance = (flags & positionFlags.stanceBits) >> positionFlags.stanceShift
    const isHeld = slot < players.top && players.kind[slot] === slotKind.player && players.turn[slot] === address >>> 16
    if (!isHeld || flags > 0b1_1111 || stance === 3) {
      this.outcome.unknown++
      return
    }
    if ((flags & positionFlags.speaks) !== 0) engine.speak(slot)
    engine.setStance(slot, stance)
    const x = view.getUint16(at + 4, true)
    const y = view.getUint16(at + 6, true)
    const z = view.getInt16(at + 8, true)
    const verdict = this.#authority.judge(slot, x, y, z, (flags & positionFlags.leaps) !== 0, engine.now)
    if (verdict !== 'taken' && verdict !== 'leapt') {
      this.outcome.refused++
      return
    }
    this.outcome.taken++
    engine.move(slot, x, y, z, view.getInt8(at + 12), view.getInt8(at + 13))
  }
}
