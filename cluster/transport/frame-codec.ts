import { decoder } from '../../protocol/codec.ts'
import { ActorKey } from '../../protocol/ids.ts'
import { frameType, type Frame, type FrameType } from './port.ts'

/** Largest payload of a frame, bytes. */
export const maxPayloadBytes = 1024 * 1024

/** Largest payload of a datagram, bytes. */
export const maxDatagramBytes = 64 * 1024

/** Largest key of a frame, bytes. */
const maxKeyBytes = 1024

/** Bytes of the length in front of a frame, which does not count itself. */
const lengthBytes = 4

/** FROZEN: type u8, flags u8, correlation u32, epoch u32, seq u48, deadline u16, key length u16; all big-endian. */
const headBytes = 20

/** Largest value of the length in front of a frame. */
export const maxFrameBytes = headBytes + maxKeyBytes + maxPayloadBytes

/** Bit 0 of the flags is the lane. The others are 0, and a frame that sets them is from a version we do not speak. */
const laneFlag = 1

/** What arrived is no frame. The link it came over cannot be read any further. */
export class FrameError extends Error {
  readonly reason: 'too_big' | 'malformed'

  constructor(reason: FrameError['reason'], options?: ErrorOptions) {
    super(`bad frame: ${reason}`, options)
    this.name = 'FrameError'
    this.reason = reason
  }
}

const types = new Set<number>(Object.values(frameType))
const isFrameType = (value: number): value is FrameType => types.has(value)
const decodeKey = decoder(ActorKey)

/** The bytes of a frame, its length in front. Throws FrameError `too_big`, and RangeError for a number that does not fit. */
export function encodeFrame(frame: Frame): Buffer {
  const keyLength = Buffer.byteLength(frame.key)
  if (frame.payload.length > maxPayloadBytes || keyLength > maxKeyBytes) throw new FrameError('too_big')
  const bytes = Buffer.allocUnsafe(lengthBytes + headBytes + keyLength + frame.payload.length)
  bytes.writeUInt32BE(bytes.length - lengthBytes, 0)
  bytes.writeUInt8(frame.type, 4)
  bytes.writeUInt8(frame.lane === 1 ? laneFlag : 0, 5)
  bytes.writeUInt32BE(frame.correlation, 6)
  bytes.writeUInt32BE(frame.epoch, 10)
  bytes.writeUIntBE(frame.seq, 14, 6)
  bytes.writeUInt16BE(frame.deadlineMs, 20)
  bytes.writeUInt16BE(keyLength, 22)
  bytes.write(frame.key, 24, 'utf8')
  bytes.set(frame.payload, 24 + keyLength)
  return bytes
}

/** One frame without its length. The payload is a view of `body`, not a copy. */
function decodeBody(body: Buffer): Frame {
  const type = body.readUInt8(0)
  const flags = body.readUInt8(1)
  const keyLength = body.readUInt16BE(18)
  const payloadAt = headBytes + keyLength
  if (!isFrameType(type) || flags > laneFlag || payloadAt > body.length) throw new FrameError('malformed')
  return {
    type,
    lane: flags === laneFlag ? 1 : 0,
    correlation: body.readUInt32BE(2),
    epoch: body.readUInt32BE(6),
    seq: body.readUIntBE(10, 6),
    deadlineMs: body.readUInt16BE(16),
    key: keyLength === 0 ? '' : keyFrom(body.subarray(headBytes, payloadAt)),
    payload: body.subarray(payloadAt),
  }
}

/** The pattern of a key is ASCII, so that each byte is read as itself and one above 127 never fits. */
function keyFrom(bytes: Buffer): ActorKey {
  try {
    return decodeKey(bytes.toString('latin1'))
  } catch (cause) {
    throw new FrameError('malformed', { cause })
  }
}

/**
 * Cuts a stream of bytes into frames. A frame that is in one chunk as a whole is read in place; one that is spread over
 * several is gathered in a buffer of its own size, so each byte is copied at most once however small the chunks are.
 */
export class FrameDecoder {
  #maxBytes: number
  readonly #length = Buffer.alloc(lengthBytes)
  #lengthHeld = 0
  /** The body under way, as soon as its length is known. */
  #body: Buffer | null = null
  #bodyHeld = 0

  /** Frames longer than `maxBytes` are refused before anything is set aside for them. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  /** Takes longer frames from the next one on. */
  allow(maxBytes: number): void {
    this.#maxBytes = maxBytes
  }

  /** Hands every frame that `chunk` completes to `take`, in order. Throws FrameError; the stream is then beyond use. */
  feed(chunk: Buffer, take: (frame: Frame) => void): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#body) {
        at += this.#fill(this.#body, chunk, at, take)
        continue
      }
      at += this.#fillLength(chunk, at)
      if (this.#lengthHeld < lengthBytes) return
      const size = this.#takeLength()
      if (chunk.length - at >= size) {
        take(decodeBody(chunk.subarray(at, at + size)))
        at += size
      } else {
        this.#body = Buffer.allocUnsafe(size)
        this.#bodyHeld = 0
      }
    }
  }

  #fill(body: Buffer, chunk: Buffer, at: number, take: (frame: Frame) => void): number {
    const copied = chunk.copy(body, this.#bodyHeld, at)
    this.#bodyHeld += copied
    if (this.#bodyHeld === body.length) {
      this.#body = null
      take(decodeBody(body))
    }
    return copied
  }

  #fillLength(chunk: Buffer, at: number): number {
    const copied = chunk.copy(this.#length, this.#lengthHeld, at)
    this.#lengthHeld += copied
    return copied
  }

  #takeLength(): number {
    this.#lengthHeld = 0
    const size = this.#length.readUInt32BE(0)
    if (size > this.#maxBytes) throw new FrameError('too_big')
    if (size < headBytes) throw new FrameError('malformed')
    return size
  }
}
