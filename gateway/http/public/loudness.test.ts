import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ParticipantView } from '../../../protocol/room/view.ts'
import { duckedTo, gainOf } from './loudness.js'
import { emptyRoster } from './roster.js'

const person = (name: string, more: Partial<ParticipantView> = {}) =>
  ({ session_id: name, user_id: `u-${name}`, speaking: false, priority: false, ...more }) as unknown as ParticipantView
const room = (volumes: Record<string, number>, ...people: ParticipantView[]) => ({
  ...emptyRoster,
  volumes: new Map(Object.entries(volumes)),
  participants: new Map(people.map((one) => [one.session_id, one])),
})

test('somebody is as loud as the listener set it', () => {
  const here = room({ 'u-bob': 150, 'u-cid': 0 }, person('ann'), person('bob'), person('cid'), person('dan'))
  assert.deepEqual(
    ['bob', 'cid', 'dan', 'eve'].map((name) => gainOf(here, 'ann', name)),
    [1.5, 0, 1, 0],
  )
})

test('while somebody speaks with priority all others are turned down, and loud again when they stop', () => {
  const leader = (speaking: boolean) => person('bob', { priority: true, speaking })
  const while_ = (speaking: boolean) => room({ 'u-cid': 200 }, person('ann'), leader(speaking), person('cid'))
  assert.deepEqual(
    ['bob', 'cid'].map((name) => gainOf(while_(true), 'ann', name)),
    [1, 2 * duckedTo],
  )
  assert.deepEqual(
    ['bob', 'cid'].map((name) => gainOf(while_(false), 'ann', name)),
    [1, 2],
  )
  assert.equal(gainOf(while_(true), 'bob', 'cid'), 2, 'the leader hears the others as before')
})
