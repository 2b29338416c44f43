import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ActorKey } from '../../protocol/ids.ts'
import { encodeFrame, FrameDecoder, FrameError, maxFrameBytes, maxPayloadBytes } from './frame-codec.ts'
import { frameType, type Frame } from './port.ts'

const frame = (over: Partial<Frame> = {}): Frame => ({
  type: frameType.command,
  lane: 0,
  correlation: 7,
  epoch: 3,
  seq: 2 ** 40 + 1,
  deadlineMs: 1_500,
  key: 'room:a' as ActorKey,
  payload: new TextEncoder().encode('{"a":1}'),
  ...over,
})

const anyFrame: fc.Arbitrary<Frame> = fc.record({
  type: fc.constantFrom(...Object.values(frameType)),
  lane: fc.constantFrom(0 as const, 1 as const),
  correlation: fc.nat(0xffff_ffff),
  epoch: fc.nat(0xffff_ffff),
  seq: fc.maxSafeNat().map((value) => value % 2 ** 48),
  deadlineMs: fc.nat(0xffff),
  key: fc.oneof(
    fc.constant('' as const),
    fc.stringMatching(/^[a-z]{1,9}:[A-Za-z0-9_.:-]{1,120}$/) as fc.Arbitrary<ActorKey>,
  ),
  payload: fc.uint8Array({ maxLength: 300 }),
})

const plain = ({ payload, ...rest }: Frame) => ({ ...rest, payload: [...payload] })
const decoded = (chunks: Iterable<Buffer>, maxBytes = maxFrameBytes): Frame[] => {
  const decoder = new FrameDecoder(maxBytes)
  const frames: Frame[] = []
  for (const chunk of chunks) decoder.feed(chunk, (each) => frames.push(each))
  return frames
}
const fails = (reason: FrameError['reason']) => (error: unknown) =>
  error instanceof FrameError && error.reason === reason

/** Cuts bytes at the given fractions of their length. */
const chop = (bytes: Buffer, cuts: readonly number[]): Buffer[] => {
  const marks = [0, ...cuts.map((cut) => Math.floor(cut * bytes.length)).sort((a, b) => a - b), bytes.length]
  return marks.slice(1).map((end, index) => bytes.subarray(marks[index], end))
}

test('the layout of a frame is the one that is written down', () => {
  assert.equal(
    encodeFrame(frame({ lane: 1 })).toString('hex'),
    '00000021' +
      '0a' +
      '01' +
      '00000007' +
      '00000003' +
      '010000000001' +
      '05dc' +
      '0006' +
      '726f6f6d3a61' +
      '7b2261223a317d',
  )
})

test('frames come out of the stream as they went in, however it is cut', () => {
  const fraction = fc.double({ min: 0, max: 1, noNaN: true })
  fc.assert(
    fc.property(fc.array(anyFrame, { maxLength: 8 }), fc.array(fraction, { maxLength: 20 }), (frames, cuts) => {
      const stream = Buffer.concat(frames.map(encodeFrame))
      assert.deepEqual(decoded(chop(stream, cuts)).map(plain), frames.map(plain))
    }),
    { numRuns: 300 },
  )
})

test('a frame that comes one byte at a time is read', () => {
  const frames = [frame(), frame({ type: frameType.ping, key: '', payload: new Uint8Array() }), frame({ lane: 1 })]
  const bytes = [...Buffer.concat(frames.map(encodeFrame))].map((byte) => Buffer.from([byte]))
  assert.deepEqual(decoded(bytes).map(plain), frames.map(plain))
})

test('the largest payload passes, one byte more is refused by the sender', () => {
  const largest = frame({ payload: new Uint8Array(maxPayloadBytes).fill(7) })
  const bytes = encodeFrame(largest)
  const [read] = decoded(chop(bytes, [0.3, 0.6]))
  assert.equal(Buffer.compare(read!.payload, largest.payload), 0)
  assert.throws(() => encodeFrame(frame({ payload: new Uint8Array(maxPayloadBytes + 1) })), fails('too_big'))
})

test('a length above the limit is refused when it is read, before its bytes come', () => {
  const claim = Buffer.alloc(4)
  claim.writeUInt32BE(maxFrameBytes + 1)
  assert.throws(() => decoded([claim]), fails('too_big'))
  assert.throws(() => decoded([encodeFrame(frame())], 32), fails('too_big'))
})

test('the limit can rise between two frames of one chunk', () => {
  const decoder = new FrameDecoder(64)
  const frames: Frame[] = []
  const long = frame({ payload: new Uint8Array(500) })
  decoder.feed(Buffer.concat([frame(), long].map(encodeFrame)), (each) => {
    frames.push(each)
    decoder.allow(maxFrameBytes)
  })
  assert.equal(frames.length, 2)
})

test('what is no frame is refused: unknown type, unknown flag, short head, key past the end, key that is none', () => {
  const broken = (change: (bytes: Buffer) => void) => {
    const bytes = encodeFrame(frame())
    change(bytes)
    return () => decoded([bytes])
  }
  assert.throws(
    broken((bytes) => bytes.writeUInt8(99, 4)),
    fails('malformed'),
  )
  assert.throws(
    broken((bytes) => bytes.writeUInt8(2, 5)),
    fails('malformed'),
  )
  assert.throws(
    broken((bytes) => bytes.writeUInt32BE(19, 0)),
    fails('malformed'),
  )
  assert.throws(
    broken((bytes) => bytes.writeUInt16BE(900, 22)),
    fails('malformed'),
  )
  assert.throws(
    broken((bytes) => bytes.writeUInt8(0xff, 24)),
    fails('malformed'),
  )
  assert.throws(
    broken((bytes) => bytes.write('ROOM', 24)),
    fails('malformed'),
  )
})

test('numbers that do not fit are a fault of the sender', () => {
  assert.throws(() => encodeFrame(frame({ correlation: 2 ** 32 })), RangeError)
  assert.throws(() => encodeFrame(frame({ seq: 2 ** 48 })), RangeError)
  assert.throws(() => encodeFrame(frame({ deadlineMs: -1 })), RangeError)
})
