import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { FrameAge } from './frame-age.ts'

describe('the age of a frame', () => {
  test('is what its way took longer than the shortest one, whatever the clocks say', () => {
    const age = new FrameAge()
    assert.equal(age.of(5_000, 70), 0)
    assert.equal(age.of(5_100, 1_470), 1_300)
    assert.equal(age.of(5_200, 270), 0)
  })

  test('is found for all that waited behind one stall', () => {
    const age = new FrameAge()
    age.of(10_000, 10_002)
    const ages = [0, 500, 1_000, 1_990].map((ms) => age.of(10_010 + ms, 12_012))
    assert.deepEqual(ages, [2_000, 1_500, 1_000, 10])
  })

  test('does not grow for ever where one clock is faster', () => {
    const age = new FrameAge()
    for (let ms = 1_000; ms < 3_600_000; ms += 100) assert.ok(age.of(ms, ms * 1.01) <= 160)
  })

  test('is none where the sender told nothing', () => {
    assert.equal(new FrameAge().of(0, 12_345), 0)
  })
})
