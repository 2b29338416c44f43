import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { UserId } from '../../../protocol/ids.ts'
import { movedTo, placeOf, type Stage } from './stage.js'

const user = (name: string) => name as UserId
const stage: Stage = { seats: 2, speakers: [user('ann')], queue: [user('bob'), user('cid')], invited: [user('dan')] }

describe('the stage', () => {
  test('has everybody in one place, last in order', () => {
    assert.deepEqual(movedTo(stage, 'bob', 'stage'), { ...stage, speakers: ['ann', 'bob'], queue: ['cid'] })
    assert.deepEqual(movedTo(stage, 'bob', 'queue'), { ...stage, queue: ['cid', 'bob'] })
    assert.deepEqual(movedTo(stage, 'dan', 'none'), { ...stage, invited: [] })
    assert.deepEqual(movedTo(stage, 'eve', 'invited'), { ...stage, invited: ['dan', 'eve'] })
  })

  test('is not there in rooms without one', () => {
    assert.equal(movedTo(null, 'bob', 'stage'), null)
  })

  test('says where somebody is, and how many wait before them', () => {
    const places = ['ann', 'bob', 'cid', 'dan', 'eve'].map((name) => placeOf(stage, name))
    assert.deepEqual(places, [
      { place: 'stage', position: null },
      { place: 'queue', position: 1 },
      { place: 'queue', position: 2 },
      { place: 'invited', position: null },
      { place: 'none', position: null },
    ])
  })
})
