import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { isoTime, isoTimeOrNull } from './iso-time.ts'

const ofDate = (ms: number): string => new Date(ms).toISOString()

describe('a moment as text', () => {
  test('is what Date writes, near today and at the ends of the calendar', () => {
    const anyMs = fc.oneof(fc.integer({ min: -8.64e15, max: 8.64e15 }), fc.integer({ min: 1.7e12, max: 1.701e12 }))
    fc.assert(fc.property(anyMs, (ms) => assert.equal(isoTime(ms), ofDate(ms))))
    for (const ms of [0, -1, 1, 86_399_999, 86_400_000, -86_400_000, 8.64e15, -8.64e15, 1_700_000_000_000.7, -0.5]) {
      assert.equal(isoTime(ms), ofDate(ms))
    }
  })

  test('is none for a moment that no calendar has', () => {
    for (const ms of [8.64e15 + 1, -8.64e15 - 1, Number.NaN, Number.POSITIVE_INFINITY]) {
      assert.throws(() => isoTime(ms), RangeError)
    }
    assert.equal(isoTimeOrNull(null), null)
  })
})
