import assert from 'node:assert/strict'
import { test } from 'node:test'
import { HeardSignals } from './heard-signals.js'

test('a signal that comes twice is known by its number, each sender by itself', () => {
  const heard = new HeardSignals()
  const news = [1, 2, 2, 1, 7, 3].map((seq) => heard.isNew({ from_session: 'a', signal_seq: seq }))
  assert.deepEqual(news, [true, true, false, false, true, false])
  assert.equal(heard.isNew({ from_session: 'b', signal_seq: 1 }), true)
  assert.deepEqual(heard.all(), [
    { from_session: 'a', signal_seq: 7 },
    { from_session: 'b', signal_seq: 1 },
  ])
})

test('each sender is confirmed once, up to the last; one that comes again is confirmed again', () => {
  const heard = new HeardSignals()
  for (const seq of [1, 2, 3]) heard.isNew({ from_session: 'a', signal_seq: seq })
  assert.deepEqual(heard.take(), [{ from_session: 'a', signal_seq: 3 }])
  assert.deepEqual(heard.take(), [])
  heard.isNew({ from_session: 'a', signal_seq: 2 })
  assert.deepEqual(heard.take(), [{ from_session: 'a', signal_seq: 3 }])
})

test('no more senders are remembered than a gateway takes', () => {
  const heard = new HeardSignals()
  for (let count = 0; count < 100; count += 1) heard.isNew({ from_session: `s${count}`, signal_seq: 1 })
  assert.equal(heard.all().length, 64)
})
