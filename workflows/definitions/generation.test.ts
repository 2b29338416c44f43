import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { SanctionStanding } from '../../protocol/workflows.ts'
import { afterEnded, afterExpiry, afterSet, askAgainMs, nothingSet } from './generation.ts'

const standing = (generation: number, untilMs: number | null): SanctionStanding => ({ generation, untilMs })
const running = standing(3, 1_000)
const over = standing(3, null)

const sets: [string, SanctionStanding, SanctionStanding, SanctionStanding][] = [
  ['the first message sets the deadline', nothingSet, standing(1, 500), standing(1, 500)],
  ['a newer generation extends', running, standing(4, 2_000), standing(4, 2_000)],
  ['a newer generation shortens', running, standing(4, 10), standing(4, 10)],
  ['generations may be skipped, since only the newest is sent', running, standing(9, 2_000), standing(9, 2_000)],
  ['a repeated generation is dropped', running, standing(3, 9_999), running],
  ['an older generation is dropped', running, standing(2, 9_999), running],
  ['a repeated message does not raise what is over', over, standing(3, 9_999), over],
  ['a newer generation raises what is over', over, standing(4, 2_000), standing(4, 2_000)],
]
const ends: [string, SanctionStanding, number, SanctionStanding][] = [
  ['the end of this generation leaves nothing to wait for', running, 3, over],
  ['the end of a newer generation is the end of this one', running, 5, standing(5, null)],
  ['the end of an older generation is dropped', running, 2, running],
  ['the end may come before its own beginning', nothingSet, 1, standing(1, null)],
  ['the end comes twice', over, 3, over],
]
const answers: [string, SanctionStanding, number | null, SanctionStanding][] = [
  ['lifted, or nothing left to lift: over', running, null, over],
  ['not yet: the room names the new deadline', running, 5_000, standing(3, 5_000)],
  ['not yet, by a clock that lags: asked again in a while', running, 900, standing(3, 1_000 + askAgainMs)],
  ['a newer generation came meanwhile', standing(4, 9_000), null, standing(4, 9_000)],
  ['it ended meanwhile, and the answer comes too late', over, 5_000, over],
]

describe('what stands after a message', () => {
  for (const [name, before, message, after] of sets) {
    test(`set: ${name}`, () =>
      assert.deepEqual(afterSet(before, { generation: message.generation, untilMs: message.untilMs ?? 0 }), after))
  }
  for (const [name, before, generation, after] of ends) {
    test(`lift: ${name}`, () => assert.deepEqual(afterEnded(before, { generation }), after))
  }
  for (const [name, now, notBeforeMs, after] of answers) {
    test(`answer: ${name}`, () =>
      assert.deepEqual(afterExpiry(now, 3, { lifted: notBeforeMs === null, notBeforeMs }, 1_000), after))
  }
})
