import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Action } from '../chaos-workflows/load.ts'
import { percentile, sweepBoundMs, verdictOf, type JournalLine } from '../chaos-workflows/verdict.ts'

const set = (generation: number, untilMs: number | null): JournalLine => ({
  ...{ room: 'r', type: 'sanction.applied', kind: 'mute', user: 'eve', generation, untilMs },
  ...{ cause: null, clock: null, atMs: 0 },
})
const lifted = (generation: number, atMs: number, cause = 'expired', clock = 'workflow'): JournalLine => ({
  ...{ room: 'r', type: 'sanction.lifted', kind: 'mute', user: 'eve', generation, untilMs: null },
  ...{ cause, clock, atMs },
})
const action = (more: Partial<Action>): Action => ({
  ...{ room: 'r', user: 'eve', what: 'set', kind: 'mute', outcome: 'acked', generation: 1, tookMs: 1 },
  ...more,
})
const broken = (lines: readonly JournalLine[], actions: readonly Action[] = []) => verdictOf(lines, actions, []).broken

describe('the verdict over sanctions', () => {
  test('finds nothing where each ended once, at its time, or was followed by another', () => {
    const lines = [set(1, 100), set(2, 200), lifted(2, 205), set(3, 900), lifted(3, 400, 'moderator', 'none')]
    const verdict = verdictOf(lines, [action({}), action({ what: 'lift', generation: 3 })], [])
    assert.deepEqual(verdict.broken, [])
    assert.deepEqual([verdict.sanctions, verdict.superseded, verdict.lifted], [3, 1, 1])
    assert.deepEqual([verdict.byClock, verdict.lagsMs], [{ workflow: 1 }, [5]])
  })

  test('finds what was lost, lifted twice, early, or without having been set', () => {
    assert.deepEqual(broken([set(1, 100)]), ['r mute eve 1 was never lifted'])
    assert.deepEqual(broken([set(1, 100), lifted(1, 100), lifted(1, 101)]), ['r mute eve 1 was lifted 2 times'])
    assert.deepEqual(broken([set(1, 100), lifted(1, 99)]), ['r mute eve 1 was lifted 1 ms early'])
    assert.deepEqual(broken([set(1, null), lifted(1, 99)]), ['r mute eve 1 was for good, and a clock lifted it'])
    assert.deepEqual(broken([lifted(1, 99)]), ['r mute eve 1 was lifted and never set'])
    const lateMs = 100 + sweepBoundMs + 1
    assert.deepEqual(broken([set(1, 100), lifted(1, lateMs)]), [`a sanction was lifted ${sweepBoundMs + 1} ms late`])
  })

  test('finds what was acknowledged and is not there, and an action that was refused', () => {
    assert.deepEqual(broken([], [action({})]), ['r mute eve 1: set was acknowledged and is not in the journal'])
    assert.deepEqual(broken([set(1, 100), lifted(1, 100)], [action({ outcome: 'refused', generation: null })]), [
      'an action of a moderator on eve in r was refused',
    ])
  })

  test('counts the lag from the end of the last fault in between', () => {
    const faults = [
      { name: 'before', fromMs: 0, untilMs: 90 },
      { name: 'over it', fromMs: 80, untilMs: 150 },
      { name: 'behind', fromMs: 200, untilMs: 300 },
    ]
    assert.deepEqual(verdictOf([set(1, 100), lifted(1, 170)], [], faults).lagsMs, [20])
    assert.deepEqual(verdictOf([set(1, 100), lifted(1, 120)], [], faults).lagsMs, [0], 'in the middle of it')
  })

  test('takes percentiles of ascending values', () => {
    const values = Array.from({ length: 1_000 }, (_, index) => index)
    assert.deepEqual([percentile(values, 0.5), percentile(values, 0.999), percentile(values, 1)], [500, 999, 999])
    assert.equal(percentile([], 0.5), 0)
  })
})
