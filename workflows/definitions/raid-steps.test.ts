import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { OccurrencePlan } from '../../protocol/raids/workflow.ts'
import { nextStep, reminderKey } from './raid-steps.ts'

const minute = 60_000
const hour = 60 * minute
const startsAtMs = Date.parse('2027-03-30T18:00:00Z')
const leadsMs = [24 * hour, hour, 10 * minute]

const plan = (more: Partial<OccurrencePlan> = {}): OccurrencePlan => ({
  ...{ status: 'planned', paused: false, startsAtMs, generation: 1, synced: 1, roomMade: false },
  ...{ opensAtMs: startsAtMs - 5 * minute, endsAtMs: startsAtMs + 3 * hour, missedAtMs: startsAtMs + 15 * minute },
  leadsMs,
  ...more,
})
const none: ReadonlySet<string> = new Set()

/** Lives through an occurrence by a clock that jumps to whatever is next, and says what was done when. */
function story(from: number, changeAt: (nowMs: number, before: OccurrencePlan) => OccurrencePlan = (_, one) => one) {
  const told = new Set<string>()
  const done: string[] = []
  let nowMs = from
  let current = plan()
  for (let turns = 0; turns < 100; turns += 1) {
    current = changeAt(nowMs, current)
    const step = nextStep(current, told, nowMs)
    const at = `${Math.round((nowMs - startsAtMs) / minute)}`
    if (step.step === 'stop') return done
    if (step.step === 'wait') {
      assert.ok(step.untilMs > nowMs, 'waits for what is ahead')
      nowMs = step.untilMs
      continue
    }
    done.push(
      step.step === 'remind'
        ? `${at} remind ${step.leadMs === null ? 'late' : step.leadMs / minute}`
        : `${at} ${step.step}`,
    )
    if (step.step === 'remind') for (const key of step.told) told.add(key)
    if (step.step === 'open') current = { ...current, status: 'open', roomMade: true }
    if (step.step === 'end') current = { ...current, status: 'over' }
    if (step.step === 'miss') current = { ...current, status: current.paused ? 'skipped' : 'missed' }
    if (step.step === 'sync') current = { ...current, synced: current.generation }
    if (step.step === 'close') current = { ...current, roomMade: false }
  }
  throw new Error(`no end: ${done.join(', ')}`)
}

describe('what an occurrence does next', () => {
  test('from two days before: three reminders, the room, the end', () => {
    assert.deepEqual(story(startsAtMs - 48 * hour), [
      '-1440 remind 1440',
      '-60 remind 60',
      '-10 remind 10',
      '-5 open',
      '180 end',
    ])
  })

  test('planned half an hour before, nobody is reminded of what is past', () => {
    assert.deepEqual(story(startsAtMs - 30 * minute), ['-30 remind late', '-10 remind 10', '-5 open', '180 end'])
  })

  test('planned a moment before, it opens at once', () => {
    assert.deepEqual(story(startsAtMs - 20_000), ['0 open', '0 remind late', '180 end'])
  })

  test('found again ten minutes late it opens, twenty minutes late it is missed', () => {
    assert.deepEqual(story(startsAtMs + 10 * minute)[0], '10 open')
    assert.deepEqual(story(startsAtMs + 20 * minute), ['20 miss'])
  })

  test('moved while it waits, it is reminded of anew and opens at its new hour', () => {
    const later = {
      startsAtMs: startsAtMs + hour,
      opensAtMs: startsAtMs + 55 * minute,
      missedAtMs: startsAtMs + 75 * minute,
    }
    const moved = story(startsAtMs - 48 * hour, (nowMs, one) =>
      nowMs > startsAtMs - 2 * hour && one.status === 'planned' ? { ...one, ...later } : one,
    )
    assert.deepEqual(moved, [
      '-1440 remind 1440',
      '-60 remind late',
      '0 remind 60',
      '50 remind 10',
      '55 open',
      '180 end',
    ])
  })

  test('paused it does nothing, and is skipped when its time has passed', () => {
    assert.deepEqual(
      story(startsAtMs - 48 * hour, (_, one) => ({ ...one, paused: true })),
      ['15 miss'],
    )
  })

  test('goes on after a pause, without the reminders of that time', () => {
    const resumed = story(startsAtMs - 48 * hour, (nowMs, one) => ({
      ...one,
      paused: nowMs < startsAtMs - 20 * minute,
    }))
    // Without a signal it would look again only when it is too late.
    assert.deepEqual(resumed, ['15 miss'])
    assert.deepEqual(nextStep(plan(), none, startsAtMs - 20 * minute), {
      step: 'remind',
      leadMs: null,
      told: [reminderKey(plan(), 24 * hour), reminderKey(plan(), hour)],
    })
  })

  test('cancelled before its room it just ends, after it closes the room first', () => {
    assert.deepEqual(nextStep(plan({ status: 'cancelled' }), none, 0), { step: 'stop' })
    assert.deepEqual(nextStep(plan({ status: 'cancelled', roomMade: true }), none, 0), { step: 'close' })
    assert.deepEqual(nextStep(plan({ status: 'missed', roomMade: true }), none, 0), { step: 'close' })
    assert.deepEqual(nextStep(null, none, 0), { step: 'stop' })
  })

  test('an open room hears of every change, and of none twice', () => {
    const open = plan({ status: 'open', roomMade: true, generation: 4, synced: 3 })
    assert.deepEqual(nextStep(open, none, startsAtMs), { step: 'sync' })
    const told = new Set(leadsMs.map((lead) => reminderKey(open, lead)))
    assert.deepEqual(nextStep({ ...open, synced: 4 }, told, startsAtMs), { step: 'wait', untilMs: open.endsAtMs })
  })

  test('whenever it wakes up, it gets to its end, opens once at the most, and never too early', () => {
    fc.assert(
      fc.property(fc.integer({ min: -72 * 60, max: 300 }), (minutes) => {
        const done = story(startsAtMs + minutes * minute)
        assert.ok(done.length > 0)
        assert.equal(done.filter((one) => one.endsWith('open') || one.endsWith('miss')).length, 1)
        for (const one of done.filter((each) => each.endsWith('open'))) {
          assert.ok(Number(one.split(' ')[0]) >= -5 && Number(one.split(' ')[0]) <= 15)
        }
      }),
    )
  })
})
