import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { SessionId } from '../../protocol/ids.ts'
import { keptSignalsMax, type KeptSignal } from '../../protocol/room/commands.ts'
import { keptCharactersMax, SignalOutbox } from './signal-outbox.ts'

const [bob, cid] = ['b' as SessionId, 'c' as SessionId]
const signal = (seq: number, to = bob, sdp?: string): KeptSignal => ({
  ...{ to_session: to, signal_seq: seq, message_type: 'offer' as const },
  ...(sdp === undefined ? {} : { sdp }),
})
const numbers = (outbox: SignalOutbox) => outbox.unconfirmed.map(({ signal_seq: seq }) => seq)

describe('signals that were taken', () => {
  test('are kept in order until their receiver confirms them', () => {
    const outbox = new SignalOutbox()
    for (const one of [signal(1), signal(2, cid), signal(3)]) assert.equal(outbox.keep(one), 0)
    outbox.confirmed(bob, 1)
    assert.deepEqual(numbers(outbox), [2, 3])
    outbox.confirmed(bob, 9)
    assert.deepEqual(numbers(outbox), [2])
    outbox.confirmed(cid, 2)
    assert.deepEqual(numbers(outbox), [])
  })

  test('are kept up to a bound, the newest of them; it is told how many had to go', () => {
    const outbox = new SignalOutbox()
    const gone = Array.from({ length: keptSignalsMax + 3 }, (_, index) => outbox.keep(signal(index + 1)))
    assert.deepEqual(gone.slice(-4), [0, 1, 1, 1])
    assert.deepEqual([numbers(outbox)[0], outbox.unconfirmed.length], [4, keptSignalsMax])
    const large = 'x'.repeat(keptCharactersMax / 4)
    for (let seq = 200; seq < 205; seq += 1) outbox.keep(signal(seq, bob, large))
    assert.deepEqual(numbers(outbox), [201, 202, 203, 204])
    outbox.confirmed(bob, 203)
    outbox.keep(signal(205, bob, large))
    assert.deepEqual(numbers(outbox), [204, 205])
  })

  test('are numbered on from where the room stands; a number that may have been used is not used again', () => {
    const outbox = new SignalOutbox()
    outbox.skip()
    assert.equal(outbox.next, undefined)
    outbox.countFrom(2_000_000_000)
    assert.equal(outbox.next, 2_000_000_001)
    outbox.skip()
    assert.equal(outbox.next, 2_000_000_002)
    outbox.keep(signal(2_000_000_007))
    outbox.countFrom(5)
    assert.equal(outbox.next, 2_000_000_008)
  })
})
