import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { decodeFrame, encodeFrame } from '../../protocol/zone/codec.ts'
import { positionFlags } from '../../protocol/zone/frames.ts'
import { batchMaxBytes, PositionBatch } from './position-batch.ts'

const i8 = fc.integer({ min: -128, max: 127 })
const u16 = fc.integer({ min: 0, max: 65_535 })
const place = fc.record(
  {
    flags: fc.constantFrom<number[]>(0, 1, 2, 3, 4, 8, 9, 16, 20),
    seq: u16,
    ...{ x: u16, y: u16, z: fc.integer({ min: -32_768, max: 32_767 }) },
    yaw: fc.integer({ min: 0, max: 255 }),
    ...{ vx: i8, vy: i8 },
  },
  { noNullPrototype: true },
)
type Place = typeof place extends fc.Arbitrary<infer Value> ? Value : never
const frameOf = (said: Place): Uint8Array => encodeFrame({ type: 'position', ...said })
const still: Place = { flags: 16, seq: 1, x: 1, y: 2, z: 3, yaw: 4, vx: 0, vy: 0 }

describe('positions on their way from a gateway to a region', () => {
  test('are a batch of one record for each player, with the last place that they said', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 9 }), place), { maxLength: 60 }), (said) => {
        const batch = new PositionBatch(0xfffffffe, 7, 9)
        const last = new Map<number, unknown>()
        const kept = new Map<number, number>()
        for (const [slot, { seq: _, ...at }] of said) {
          const flags = at.flags | (kept.get(slot) ?? 0)
          kept.set(slot, flags & (positionFlags.speaks | positionFlags.leaps))
          assert.equal(batch.put(slot, frameOf({ ...at, seq: 1 })), true)
          last.set(slot, { slot, ...at, flags })
        }
        const twin = decodeFrame(batch.take())
        assert.deepEqual(twin, { type: 'batch', zone: 0xfffffffe, region: 7, epoch: 9, position: [...last.values()] })
        assert.equal(batch.isEmpty, true)
      }),
    )
  })

  test('fill no more than a packet: the next player waits, and who has a record still moves it', () => {
    const batch = new PositionBatch(1, 1, 1)
    let slot = 0
    while (!batch.isFull) assert.ok(batch.put((slot += 1), frameOf(still)))
    assert.equal(batch.put(slot + 1, frameOf(still)), false)
    assert.equal(batch.put(1, frameOf({ ...still, x: 77 })), true)
    const bytes = batch.take()
    assert.ok(bytes.length <= batchMaxBytes && bytes.length > batchMaxBytes - 14)
    const twin = decodeFrame(bytes)
    assert.ok(twin.type === 'batch')
    assert.equal(twin.position[0]?.x, 77)
    assert.equal(twin.position.length, slot)
  })

  test('lose neither a word spoken nor a leap to the frame that comes behind it', () => {
    const batch = new PositionBatch(1, 1, 1)
    batch.put(5, frameOf({ ...still, flags: positionFlags.speaks | positionFlags.leaps }))
    batch.put(5, frameOf({ ...still, flags: positionFlags.still }))
    batch.put(6, frameOf(still))
    const twin = decodeFrame(batch.take())
    assert.ok(twin.type === 'batch')
    assert.deepEqual(
      twin.position.map(({ flags }) => flags),
      [positionFlags.speaks | positionFlags.leaps | positionFlags.still, positionFlags.still],
    )
    batch.put(5, frameOf(still))
    assert.equal((decodeFrame(batch.take()) as typeof twin).position[0]?.flags, positionFlags.still)
  })
})
