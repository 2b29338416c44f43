import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { frameBounds, frameWaitMs, fullBudget, spendFrame, type FrameBudget } from './frame-budget.ts'

const bounds = frameBounds(100)

/** So many frames at moments `gapMs` apart; what became of each, and what is left. */
function send(count: number, gapMs: number, from: FrameBudget = fullBudget(bounds, 0)) {
  let budget = from
  const verdicts: string[] = []
  for (let sent = 0; sent < count; sent += 1) {
    const step = spendFrame(budget, bounds, from.atMs + sent * gapMs)
    budget = step.budget
    verdicts.push(step.verdict)
  }
  return { budget, verdicts, of: (verdict: string) => verdicts.filter((each) => each === verdict).length }
}

test('a burst after silence is taken, up to its bound', () => {
  const sent = send(1_001, 0)
  assert.equal(sent.of('taken'), 1_000)
  assert.equal(sent.verdicts.at(-1), 'over')
})

test('a hundred a second may go on for ever', () => {
  assert.equal(send(100_000, 10).of('taken'), 100_000)
})

test('a little more is refused in part, and the socket stays', () => {
  const sent = send(30_000, 9)
  assert.ok(sent.of('over') > 1_000)
  assert.equal(sent.of('flooding'), 0)
})

test('twice as much and no end is a flood', () => {
  const sent = send(30_000, 4)
  assert.ok(sent.of('flooding') > 0)
})

test('a flood is seen after the burst and its patience', () => {
  assert.equal(send(5_000, 0).verdicts.indexOf('flooding'), 1_000 + 200)
})

test('who slows down is forgiven', () => {
  const { budget } = send(1_150, 0)
  const later = { ...budget, atMs: 0 }
  assert.equal(spendFrame(later, bounds, 3_000).budget.refused, 0)
  assert.equal(spendFrame(later, bounds, 3_000).verdict, 'taken')
})

test('the wait that is told is enough', () => {
  const { budget } = send(1_001, 0)
  const waitMs = frameWaitMs(budget, bounds)
  assert.equal(spendFrame(budget, bounds, waitMs - 1).verdict, 'over')
  assert.equal(spendFrame(budget, bounds, waitMs).verdict, 'taken')
})

test('never more than the burst and what time brought is taken, whatever the clock does', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -50, max: 200 }), { maxLength: 500 }), (gaps) => {
      let [nowMs, latestMs, taken] = [0, 0, 0]
      let budget = fullBudget(bounds, 0)
      for (const gap of gaps) {
        nowMs += gap
        latestMs = Math.max(latestMs, nowMs)
        const step = spendFrame(budget, bounds, nowMs)
        budget = step.budget
        if (step.verdict === 'taken') taken += 1
      }
      assert.ok(taken <= bounds.burst + (latestMs / 1_000) * bounds.perSecond + 1)
    }),
  )
})
