import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { actorKey, type ActorKey } from '../../protocol/ids.ts'
import { Mailboxes, turnMax } from './mailboxes.ts'
import type { WaitingMessage } from './waiting-line.ts'

const busy = actorKey('tally', 'busy')
const calm = actorKey('tally', 'calm')

interface Message extends WaitingMessage {
  readonly number: number
}

/** Turns of the loop that the test makes go by. */
function setUp(options: { messages?: number; tookMs?: number } = {}) {
  const done: string[] = []
  const due: (() => void)[] = []
  let nowMs = 0
  const carried: ((key: ActorKey, message: Message) => void)[] = []
  const mailboxes = new Mailboxes<Message>({
    clock: { monotonicMs: () => nowMs, wallMs: () => 0 },
    soon: (run) => due.push(run),
    carryOut: (key, message) => {
      nowMs += options.tookMs ?? 0
      done.push(`${key} ${message.number}`)
      for (const hear of carried) hear(key, message)
    },
    bounds: { messages: options.messages ?? 1_000, bytes: 1_000_000 },
  })
  const offer = (key: ActorKey, count: number, from = 0) =>
    Array.from({ length: count }, (_, index) => mailboxes.offer(key, { number: from + index }))
  const turn = () => {
    const before = done.length
    for (const run of due.splice(0)) run()
    return done.slice(before)
  }
  return { mailboxes, done, due, offer, turn, carried }
}

const of = (key: ActorKey, from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `${key} ${from + index}`)

describe('mailboxes', () => {
  test('carry out what comes at once, without a turn of the loop between', () => {
    const { done, offer, due } = setUp()
    offer(busy, 3)
    assert.deepEqual(done, of(busy, 0, 3))
    assert.equal(due.length, 0)
  })

  test('carry out 64 of an actor in one turn of the loop, the others in the turns after it, in order', () => {
    const { done, offer, turn } = setUp()
    offer(busy, 150)
    assert.deepEqual(done, of(busy, 0, turnMax))
    assert.deepEqual(turn(), of(busy, 64, 128))
    offer(busy, 1, 150)
    assert.deepEqual(turn(), of(busy, 128, 151))
    offer(busy, 1, 151)
    assert.deepEqual(done, of(busy, 0, 152))
  })

  test('let no actor wait behind another one that is asked too much', () => {
    const { done, offer, turn } = setUp()
    offer(busy, 1_000)
    offer(calm, 1)
    assert.equal(done.at(-1), `${calm} 0`)
    offer(calm, 99, 1)
    const heard = turn()
    assert.deepEqual(
      [heard.filter((each) => each.startsWith(busy)).length, heard.filter((each) => each.startsWith(calm)).length],
      [64, 36],
    )
  })

  test('end a round after 5 ms and begin the next one with the actor that was not reached', () => {
    const { offer, turn } = setUp({ tookMs: 0.1 })
    offer(busy, 300)
    offer(calm, 300)
    assert.deepEqual(turn(), of(busy, 64, 128))
    assert.deepEqual(turn(), of(calm, 64, 128))
    assert.deepEqual(turn(), of(busy, 128, 192))
  })

  test('refuse what is beyond the bound of an actor, at once', () => {
    const { offer, mailboxes } = setUp({ messages: 10 })
    const taken = offer(busy, turnMax + 12)
    assert.deepEqual(
      taken.map((each, index) => (each ? -1 : index)).filter((index) => index >= 0),
      [turnMax + 10, turnMax + 11],
    )
    assert.equal(mailboxes.waiting, 10)
    assert.deepEqual(offer(calm, 1), [true])
  })

  test('give back what waits for an actor that is gone, and stop carrying it out in the middle of a round', () => {
    const { offer, turn, mailboxes, carried } = setUp()
    offer(busy, 200)
    const given: number[] = []
    carried.push((key, { number }) => {
      if (number === 70) given.push(...mailboxes.takeAll(key).map((message) => message.number))
    })
    assert.deepEqual(turn(), of(busy, 64, 71))
    assert.deepEqual(
      given,
      Array.from({ length: 129 }, (_, index) => 71 + index),
    )
    assert.equal(mailboxes.has(busy), false)
    assert.deepEqual(turn(), [])
  })
})
