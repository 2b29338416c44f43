import { Delivered } from './frames.ts'
import { sizeOf } from './layout.ts'

/*
 * The `delivered` frame, 0x40: header of `frames.ts` (type u8, zone u32, region u16, count u16 = 9 B), then `count` records: player u32, epoch u64 (as
 * two u32, low first: a player's epoch is below 2^53), out u32, length u16, and `length` bytes of a client's frame.
 */
export const deliveredHeaderBytes = 1 + sizeOf(Delivered.header)
export const deliveredRecordBytes = 18
/** A datagram is not larger: what does not fit goes into the next one. */
export const deliveredMaxBytes = 60_000

export interface DeliveredRecord {
  readonly player: number
  readonly epoch: number
  readonly out: number
  /** A view on the datagram; empty where there was nothing to say. */
  readonly frame: Uint8Array
}

/** Appends to a buffer that grows no further than `deliveredMaxBytes`. */
export class DeliveredWriter {
  readonly #bytes = new Uint8Array(deliveredMaxBytes)
  readonly #view = new DataView(this.#bytes.buffer)
  readonly #zone: number
  readonly #region: number
  #length = deliveredHeaderBytes
  #count = 0

  constructor(zone: number, region: number) {
    this.#zone = zone
    this.#region = region
  }

  get isEmpty(): boolean {
    return this.#count === 0
  }

  /** The first `length` bytes of a frame. False: it is full, take it first. */
  add(player: number, epoch: number, out: number, frame: Uint8Array, length = frame.length): boolean {
    if (this.#length + deliveredRecordBytes + length > deliveredMaxBytes) return false
    const view = this.#view
    const at = this.#length
    view.setUint32(at, player, true)
    view.setUint32(at + 4, epoch % 4_294_967_296, true)
    view.setUint32(at + 8, Math.floor(epoch / 4_294_967_296), true)
    view.setUint32(at + 12, out, true)
    view.setUint16(at + 16, length, true)
    const bytes = this.#bytes
    // Byte by byte: a view on a part of the frame would be an object for each listener and tick.
    for (let n = 0; n < length; n++) bytes[at + deliveredRecordBytes + n] = frame[n]!
    this.#length = at + deliveredRecordBytes + length
    this.#count++
    return true
  }

  /** A copy of what was added; from here on it is empty. */
  take(): Uint8Array {
    const view = this.#view
    view.setUint8(0, Delivered.code)
    view.setUint32(1, this.#zone, true)
    view.setUint16(5, this.#region, true)
    view.setUint16(7, this.#count, true)
    const taken = this.#bytes.slice(0, this.#length)
    this.#length = deliveredHeaderBytes
    this.#count = 0
    return taken
  }
}

/** Reads a `delivered` frame; null for one that is none. `each` hears its records in order, before anything is refused behind them. */
export function readDelivered(
  bytes: Uint8Array,
  each: (record: DeliveredRecord) => void,
): { readonly zone: number; readonly region: number } | null {
  if (bytes.length < deliveredHeaderBytes || bytes[0] !== Delivered.code) return null
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const count = view.getUint16(7, true)
  let at = deliveredHeaderBytes
  for (let index = 0; index < count; index++) {
    if (at + deliveredRecordBytes > bytes.length) return null
    const length = view.getUint16(at + 16, true)
    const end = at + deliveredRecordBytes + length
    if (end > bytes.length) return null
    each({
      player: view.getUint32(at, true),
      epoch: view.getUint32(at + 4, true) + view.getUint32(at + 8, true) * 4_294_967_296,
      out: view.getUint32(at + 12, true),
      frame: bytes.subarray(at + deliveredRecordBytes, end),
    })
    at = end
  }
  return at === bytes.length ? { zone: view.getUint32(1, true), region: view.getUint16(5, true) } : null
}
