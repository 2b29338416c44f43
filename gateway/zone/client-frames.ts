import { AppError } from '../../protocol/errors.ts'
import { Position, positionFlags, recordBytes, ResyncAsk } from '../../protocol/zone/frames.ts'
import { sizeOf } from '../../protocol/zone/layout.ts'
import type { ZonePlace } from '../../protocol/zone/link-messages.ts'

const resyncAskBytes = 1 + sizeOf(ResyncAsk.header)
const flagBits = positionFlags.speaks | positionFlags.stanceBits | positionFlags.leaps | positionFlags.still

/** Whether bytes of a binary message are meant for the zone: JSON is taken in binary messages too, and begins otherwise. */
export const isZoneFrame = (bytes: Uint8Array): boolean => !jsonBeginnings.has(bytes[0] ?? 0)
/** `{`, and the white space of JSON. */
const jsonBeginnings: ReadonlySet<number> = new Set([0x7b, 0x20, 0x09, 0x0a, 0x0d])

/**
 * Which frame of a client it is, checked: the same refusals as those of `decodeFrame`, without an object for a position. Throws UNKNOWN_FRAME for one that
 * is not a client's, and VALIDATION_FAILED for one that is too short or too long or holds what may not be.
 */
export function clientFrameOf(bytes: Uint8Array): 'position' | 'resync_ask' {
  const code = bytes[0]
  if (code === Position.code) {
    mindLength(bytes, recordBytes.position)
    const flags = bytes[1] ?? 0
    if ((flags & ~flagBits) !== 0) refuse('flags', 'has a reserved bit')
    if ((flags >> positionFlags.stanceShift) % 4 === 3) refuse('flags', 'has a stance that does not exist')
    return 'position'
  }
  if (code === ResyncAsk.code) {
    mindLength(bytes, resyncAskBytes)
    return 'resync_ask'
  }
  throw new AppError('UNKNOWN_FRAME', { type: code === undefined ? '' : `0x${code.toString(16)}` })
}

/** Of a checked position: counts up by 1, and begins again at 0. */
export const seqOf = (position: Uint8Array): number => (position[2] ?? 0) | ((position[3] ?? 0) << 8)

/** Of a checked position. */
export function placeOf(position: Uint8Array): ZonePlace {
  const view = new DataView(position.buffer, position.byteOffset, position.byteLength)
  return {
    x: view.getUint16(4, true),
    y: view.getUint16(6, true),
    z: view.getInt16(8, true),
    stance: ((position[1] ?? 0) & positionFlags.stanceBits) >> positionFlags.stanceShift,
  }
}

/** Whether a number of 16 bits, which begins again at 0, comes behind that one. */
export const isBehind = (seq: number, last: number): boolean => {
  const ahead = (seq - last) & 0xffff
  return ahead !== 0 && ahead < 0x8000
}

function mindLength(bytes: Uint8Array, wanted: number): void {
  if (bytes.length !== wanted) refuse('', `has ${bytes.length} bytes, and has to have ${wanted}`)
}

function refuse(field: string, problem: string): never {
  throw new AppError('VALIDATION_FAILED', { field, problem })
}
