import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { SessionId } from '../../protocol/ids.ts'
import { SignalHearing } from './signal-hearing.ts'

const [ann, bob] = ['a' as SessionId, 'b' as SessionId]
const upTo = (from: SessionId, seq: number) => ({ from_session: from, signal_seq: seq })

describe('signals to a session', () => {
  test('that come twice are known by their number, and which of them were confirmed', () => {
    const hearing = new SignalHearing()
    assert.deepEqual(
      [1, 2, 2, 5].map((seq) => hearing.hear(ann, seq)),
      ['fresh', 'fresh', 'repeated', 'fresh'],
    )
    assert.equal(hearing.hear(bob, 1), 'fresh')
    assert.equal(hearing.confirm(ann, 2), true)
    assert.deepEqual(
      [2, 5].map((seq) => hearing.hear(ann, seq)),
      ['confirmed', 'repeated'],
    )
  })

  test('are confirmed to the room once, up to the last; again where the room asks by sending again', () => {
    const hearing = new SignalHearing()
    for (const seq of [1, 2, 3]) hearing.hear(ann, seq)
    hearing.confirm(ann, 1)
    hearing.confirm(ann, 3)
    assert.deepEqual(hearing.take(64), [upTo(ann, 3)])
    assert.deepEqual([hearing.take(64), hearing.hasUnsaid], [[], false])
    hearing.hear(ann, 2)
    assert.deepEqual(hearing.take(64), [upTo(ann, 3)])
    hearing.untake([upTo(ann, 3)])
    assert.equal(hearing.hasUnsaid, true)
  })

  test('cannot be confirmed before they went out', () => {
    const hearing = new SignalHearing()
    assert.equal(hearing.confirm(ann, 9), false)
    hearing.hear(ann, 1)
    assert.equal(hearing.confirm(ann, 9), true)
    assert.equal(hearing.hear(ann, 2), 'fresh')
    assert.deepEqual(hearing.take(64), [upTo(ann, 1)])
  })

  test('that were heard on another socket do not come again', () => {
    const hearing = new SignalHearing()
    hearing.begin([upTo(ann, 4)])
    assert.deepEqual(
      [4, 5].map((seq) => hearing.hear(ann, seq)),
      ['confirmed', 'fresh'],
    )
    assert.deepEqual(hearing.take(64), [upTo(ann, 4)])
  })

  test('are remembered of so many senders, and no more are told at once than a command holds', () => {
    const hearing = new SignalHearing()
    for (let count = 0; count < 300; count += 1) {
      hearing.hear(`s${count}` as SessionId, 1)
      hearing.confirm(`s${count}` as SessionId, 1)
    }
    assert.equal(hearing.hear('s0' as SessionId, 1), 'fresh')
    assert.equal(hearing.take(64).length, 64)
    assert.equal(hearing.hasUnsaid, true)
  })
})
