import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { aheadDays, dayOfPart, isoDay, partName, planParts } from './day-parts.ts'

const today = Date.UTC(2026, 10, 25) / 86_400_000
const range = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index)

describe('parts by day', () => {
  test('are named by their day, and known by their name', () => {
    assert.equal(partName('signaling_messages', today), 'signaling_messages_20261125')
    assert.equal(dayOfPart('signaling_messages', 'signaling_messages_20261125'), today)
    assert.equal(isoDay(today), '2026-11-25')
    for (const name of ['signaling_messages_default', 'signaling_messages_20261341', 'other_20261125', 't_2026']) {
      assert.equal(dayOfPart('signaling_messages', name), null, name)
    }
  })

  test('are made for today and a week ahead, and only once', () => {
    const first = planParts({ today, parts: [], strays: [] }, 7)
    assert.deepEqual(first.make, range(today, today + aheadDays))
    assert.deepEqual(planParts({ today, parts: first.make, strays: [] }, 7).make, [])
    assert.deepEqual(planParts({ today: today + 1, parts: first.make, strays: [] }, 7).make, [today + 1 + aheadDays])
  })

  test('are dropped when every row of them is older than it has to be', () => {
    const parts = range(today - 9, today + aheadDays)
    assert.deepEqual(planParts({ today, parts, strays: [] }, 7).drop, [today - 9, today - 8])
  })

  test('are made for rows that strayed, as far as those are to be kept', () => {
    const parts = range(today, today + aheadDays)
    const strays = [today - 8, today - 7, today - 1, today + aheadDays + 1]
    const plan = planParts({ today, parts, strays }, 7)
    assert.deepEqual(plan.make, [today - 7, today - 1])
    assert.deepEqual(plan.keep, { from: today - 7, to: today + aheadDays })
  })
})
