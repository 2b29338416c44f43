import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { AppError } from '../../protocol/errors.ts'
import { decodeFrame } from '../../protocol/zone/codec.ts'
import { clientFrameOf, isBehind, isZoneFrame, placeOf, seqOf } from './client-frames.ts'

/** What a reader makes of bytes: a frame's name, or the code of its refusal. */
function verdict(read: () => string): string {
  try {
    return read()
  } catch (error) {
    assert.ok(error instanceof AppError)
    return error.code
  }
}

describe('a binary frame of a client', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.uint8Array({ minLength: 12, maxLength: 14 }).map((body) => Uint8Array.of(1, ...body.subarray(1))),
    fc.uint8Array({ minLength: 6, maxLength: 8 }).map((body) => Uint8Array.of(2, ...body.subarray(1))),
    // Good but for what its flags say.
    fc.uint8Array({ minLength: 12, maxLength: 12 }).map((body) => Uint8Array.of(1, ...body)),
  )

  test('is taken and refused as the frame tables say, whatever its bytes are', () => {
    fc.assert(
      fc.property(bytes, (frame) => {
        const own = verdict(() => clientFrameOf(frame))
        const byTables = verdict(() => decodeFrame(frame).type)
        // What is another's to send is unknown from a client.
        const isClients = frame[0] === 1 || frame[0] === 2
        assert.equal(own, isClients ? byTables : 'UNKNOWN_FRAME')
      }),
      { numRuns: 2_000 },
    )
  })

  test('is read where it lies', () => {
    const frame = Uint8Array.of(1, 0b10, 0x34, 0x12, 1, 0, 0, 1, 0xff, 0xff, 9, 8, 7)
    assert.deepEqual(placeOf(frame), { x: 1, y: 256, z: -1, stance: 1 })
    assert.equal(seqOf(frame), 0x1234)
  })

  test('comes late by its number, which begins again', () => {
    assert.deepEqual(
      [isBehind(2, 1), isBehind(1, 1), isBehind(1, 2), isBehind(0, 65_535), isBehind(65_535, 0), isBehind(300, 65_500)],
      [true, false, false, true, false, true],
    )
  })

  test('is told from JSON in a binary message by its first byte', () => {
    const first = (text: string) => isZoneFrame(Buffer.from(text))
    assert.deepEqual(
      [first('{"type"'), first(' {'), first('\n{'), first('\u0001'), first('')],
      [false, false, false, true, true],
    )
  })
})
