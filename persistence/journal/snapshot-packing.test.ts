import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { packSnapshot, SnapshotDamaged, unpackSnapshot } from './snapshot-packing.ts'

const body = { format: 1, state: { people: Array.from({ length: 200 }, (_, index) => ({ id: `user-${index}` })) } }

describe('a packed snapshot', () => {
  test('is what was packed, and much smaller', async () => {
    const packed = await packSnapshot(body)
    assert.deepEqual(await unpackSnapshot(packed), body)
    assert.ok(packed.length < JSON.stringify(body).length / 4)
  })

  test('is known as damaged whichever of its bytes is another one', async () => {
    const packed = await packSnapshot({ format: 1, state: { total: 10, dueMs: null }, dedup: [['c/1', 1, 10]] })
    await fc.assert(
      fc.asyncProperty(fc.nat(packed.length - 1), fc.integer({ min: 1, max: 255 }), async (at, by) => {
        const damaged = Buffer.from(packed)
        damaged[at] = damaged[at]! ^ by
        const read = await unpackSnapshot(damaged).catch((error: unknown) => error)
        // A bit of the head of a frame that says nothing to a reader may turn; what is read is then whole all the same.
        if (read instanceof SnapshotDamaged) return
        assert.deepEqual(read, { format: 1, state: { total: 10, dueMs: null }, dedup: [['c/1', 1, 10]] })
      }),
    )
  })

  test('is known as damaged wherever it ends too early', async () => {
    const packed = await packSnapshot(body)
    for (const length of [0, 1, packed.length >> 1, packed.length - 8]) {
      await assert.rejects(unpackSnapshot(packed.subarray(0, length)), SnapshotDamaged)
    }
  })
})
