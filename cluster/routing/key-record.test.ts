import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { actorKey, type Incarnation, type ProcessId } from '../../protocol/ids.ts'
import { sessionNumber } from '../../test/support/memory-cluster-bench.ts'
import {
  findOwner,
  forgetOwner,
  hearAnswer,
  hearOwner,
  isAttached,
  KeyRecords,
  learnOwner,
  missOwner,
  unattached,
  type Held,
} from './key-record.ts'

const keyOf = (name: string | number) => actorKey('tally', String(name))
const session = sessionNumber(1)
const held = (attachedEpoch = 1): Held => ({
  session: { reattach: () => null, onLost: () => undefined },
  attachedEpoch,
  openEpoch: attachedEpoch,
  asked: null,
})
const ownerAt = (process: string, epoch: number) => ({
  process: process as ProcessId,
  incarnation: `life of ${process}` as Incarnation,
  epoch,
})

describe('the records of a router', () => {
  test('forget the actor unused for longest, and none that carries a session', () => {
    const records = new KeyRecords(2)
    records.hold(keyOf('held'), session, held())
    records.of(keyOf('a'))
    records.of(keyOf('b'))
    records.of(keyOf('a'))
    records.of(keyOf('c'))
    const known = ['held', 'a', 'b', 'c'].filter((name) => records.get(keyOf(name)))
    assert.deepEqual(known, ['held', 'a', 'c'])
  })

  test('keep what they know of an actor while sessions come and go', () => {
    const records = new KeyRecords(1)
    const record = records.of(keyOf('a'))
    learnOwner(record, ownerAt('node-1', 4))
    assert.equal(records.hold(keyOf('a'), session, held()), record)
    records.of(keyOf('b'))
    records.letGo(keyOf('a'), session)
    assert.equal(records.get(keyOf('a')), record)
    records.of(keyOf('c'))
    assert.equal(records.get(keyOf('a')), undefined)
  })

  test('hold a new session however many others are carried', () => {
    const records = new KeyRecords(1)
    for (let number = 0; number < 10; number += 1) records.hold(keyOf(number), session, held())
    assert.equal(records.hold(keyOf('new'), session, held()), records.get(keyOf('new')))
  })
})

describe('what a router knows of an owner', () => {
  test('ask whom the directory names, though a claim that failed had a higher epoch, and nobody whose time was over', () => {
    const record = new KeyRecords().of(keyOf('a'))
    hearOwner(record, ownerAt('node-1', 3))
    const hearsay = ownerAt('node-2', 9)
    learnOwner(record, hearsay)
    forgetOwner(record, hearsay.incarnation)
    assert.equal(findOwner(record, ownerAt('node-3', 2)), false)
    assert.equal(record.owner, null)
    assert.equal(findOwner(record, ownerAt('node-1', 3)), false)
    assert.deepEqual(record.owner, ownerAt('node-1', 3))
    assert.equal(record.seenEpoch, 9)
  })

  test('is never replaced by a lower epoch', () => {
    const record = new KeyRecords().of(keyOf('a'))
    assert.equal(learnOwner(record, ownerAt('node-1', 5)), true)
    assert.equal(learnOwner(record, ownerAt('node-2', 4)), false)
    assert.deepEqual([record.owner?.process, record.seenEpoch], ['node-1', 5])
  })

  test('is the word of the actor itself, where a later epoch was hearsay: sessions attach to the life that answers', () => {
    const records = new KeyRecords()
    const record = records.hold(keyOf('a'), session, held(unattached))
    // Claims that failed raised it in the directory, which has forgotten them since.
    learnOwner(record, ownerAt('node-1', 9))
    record.held.get(session)!.attachedEpoch = 2
    assert.equal(isAttached(record, record.held.get(session)!), false)
    hearAnswer(record, ownerAt('node-2', 2))
    assert.equal(isAttached(record, record.held.get(session)!), true)
    assert.deepEqual([record.owner?.process, record.spokenEpoch], ['node-2', 2])
  })

  test('is not moved back by what an earlier life still says', () => {
    const record = new KeyRecords().of(keyOf('a'))
    hearOwner(record, ownerAt('node-2', 5))
    assert.equal(hearAnswer(record, ownerAt('node-1', 4)), false)
    assert.deepEqual([record.owner?.process, record.seenEpoch, record.heardFrom], ['node-2', 5, 'life of node-2'])
  })

  test('is not forgotten when an earlier owner is missed; but nobody counts as attached', () => {
    const records = new KeyRecords()
    const record = records.hold(keyOf('a'), session, held(5))
    learnOwner(record, ownerAt('node-2', 5))
    missOwner(record, ownerAt('node-1', 4).incarnation)
    assert.equal(record.owner?.process, 'node-2')
    assert.equal(record.held.get(session)?.attachedEpoch, unattached)
  })
})
