import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { SlowSockets } from './slow-sockets.ts'

/** Sockets by name, with so many bytes waiting on each. */
function setUp() {
  const waiting = new Map<string, number>()
  const sockets = new SlowSockets<string>({ bytes: 1_000, withinMs: 5_000, totalBytes: 2_000 })
  const send = (name: string, bytes: number, nowMs: number) => {
    waiting.set(name, bytes)
    return sockets.sent(name, bytes, nowMs)
  }
  return {
    sockets,
    send,
    waiting,
    overdue: (nowMs: number) => sockets.overdue(nowMs, (name) => waiting.get(name) ?? 0),
  }
}

describe('slow sockets', () => {
  test('are given up when too much waits for one client', () => {
    const { send } = setUp()
    assert.equal(send('a', 1_000, 0), false)
    assert.equal(send('a', 1_001, 1), true)
  })

  test('are given up when something has waited for five seconds on end, however little', () => {
    const { send, overdue } = setUp()
    send('a', 1, 0)
    send('b', 1, 1)
    send('a', 2, 4_000)
    assert.deepEqual(overdue(4_999), [])
    assert.deepEqual(overdue(5_000), ['a'])
  })

  test('are not slow any more once nothing waits, whoever notices', () => {
    const { send, overdue, waiting, sockets } = setUp()
    send('a', 500, 0)
    send('b', 500, 0)
    send('c', 500, 0)
    send('a', 0, 1_000)
    waiting.set('b', 0)
    sockets.forget('c')
    assert.deepEqual(overdue(9_000), [])
    send('b', 500, 9_000)
    assert.deepEqual(overdue(13_999), [])
  })

  test('are given up, those first that were slow first, while all together hold too much', () => {
    const { send, overdue } = setUp()
    for (const [index, name] of ['a', 'b', 'c'].entries()) send(name, 900, index)
    assert.deepEqual(overdue(10), ['a'])
  })
})
