import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RoomId } from '../../../protocol/ids.ts'
import type { ErrorCode } from '../../../protocol/errors.ts'
import { CommandError, Outbox, type Refusal, type Reply } from './outbox.js'

const reply = (id: number): Reply => ({
  type: 'reply',
  id,
  status: 'ok',
  value: null,
  room_id: 'a' as RoomId,
  epoch: 1,
  seq: id,
})
const refusal = (id: number, code: ErrorCode, retry: boolean, details?: Record<string, unknown>): Refusal => ({
  type: 'error',
  id,
  retry,
  error: { code, message: code, request_id: 'r', ...(details ? { details } : {}) },
})
/** Without chance: a delay is exactly what it is meant to be, the answer is awaited for 2.25 s. */
const outbox = () => new Outbox({ random: () => 0.5 })
const ids = (frames: { id: number }[]) => frames.map(({ id }) => id)

/** Adds a command of which the outcome is of no interest. */
function add(box: Outbox, type: string, room = 'a') {
  box.add({ type, room_id: room }).catch(() => undefined)
}

describe('the outbox', () => {
  test('numbers commands from one, sends each once, and hands its answer back', async () => {
    const box = outbox()
    const first = box.add({ type: 'mute', room_id: 'a' })
    add(box, 'leave')
    assert.deepEqual(box.take(0), [
      { type: 'mute', room_id: 'a', id: 1 },
      { type: 'leave', room_id: 'a', id: 2 },
    ])
    assert.deepEqual(box.take(10), [])
    box.answered(reply(1))
    assert.equal((await first).seq, 1)
    assert.equal(box.size, 1)
  })

  test('sends again under the same number what was not answered in time', () => {
    const box = outbox()
    add(box, 'mute')
    box.take(0)
    assert.deepEqual(ids(box.take(1_900)), [])
    assert.deepEqual(ids(box.take(2_500)), [1])
  })

  test('sends again what may pass, no sooner than it was asked to', () => {
    const box = outbox()
    add(box, 'mute')
    box.take(0)
    box.refused(refusal(1, 'RETRY_LATER', true, { retry_after_ms: 400 }), 0)
    assert.deepEqual(ids(box.take(399)), [])
    assert.equal(box.nextDueMs(), 400)
    assert.deepEqual(ids(box.take(400)), [1])
  })

  test('fails a refused command with the code and the words of its refusal', async () => {
    const box = outbox()
    const refused = box.add({ type: 'join', room_id: 'a' })
    box.take(0)
    box.refused(refusal(1, 'ROOM_FULL', false), 0)
    await assert.rejects(refused, (error) => error instanceof CommandError && error.code === 'ROOM_FULL')
    assert.equal(box.size, 0)
  })

  test('gives up after ten tries', async () => {
    const box = outbox()
    const lost = box.add({ type: 'mute', room_id: 'a' })
    let sent = 0
    for (let nowMs = 0; nowMs < 60_000; nowMs += 100) sent += box.take(nowMs).length
    assert.equal(sent, 10)
    await assert.rejects(lost, (error) => error instanceof CommandError && error.code === 'OUTCOME_UNKNOWN')
  })

  test('keeps the commands of a room behind the one that waits for its next try, not those of another room', () => {
    const box = outbox()
    add(box, 'mute')
    box.take(0)
    box.refused(refusal(1, 'NO_OWNER', true), 0)
    add(box, 'signal')
    add(box, 'signal', 'b')
    assert.deepEqual(ids(box.take(10)), [3])
    assert.deepEqual(ids(box.take(1_000)), [1, 2])
  })

  test('has no more unanswered commands out than the gateway takes', () => {
    const box = outbox()
    box.inFlightMax = 2
    for (let count = 0; count < 3; count += 1) add(box, 'signal')
    assert.deepEqual(ids(box.take(0)), [1, 2])
    box.answered(reply(1))
    assert.deepEqual(ids(box.take(1)), [3])
  })

  test('on a new connection attaches first, and sends the rest under new numbers', () => {
    const box = outbox()
    add(box, 'join', 'b')
    box.take(0)
    box.answered(reply(1))
    add(box, 'mute')
    add(box, 'signal')
    box.take(0)
    box.hold('a')
    box.restart()
    add(box, 'attach')
    assert.deepEqual(box.take(1), [{ type: 'attach', room_id: 'a', id: 3 }])
    box.answered(reply(3))
    box.release('a')
    assert.deepEqual(box.take(2), [
      { type: 'mute', room_id: 'a', id: 1 },
      { type: 'signal', room_id: 'a', id: 2 },
    ])
  })

  test('on a connection that goes on sends everything without an answer again under its number', () => {
    const box = outbox()
    add(box, 'mute')
    add(box, 'signal')
    box.take(0)
    box.answered(reply(1))
    box.resume()
    add(box, 'mute')
    assert.deepEqual(ids(box.take(1)), [2, 3])
  })

  test('refuses a command beyond its bound, and fails all that is abandoned', async () => {
    const box = new Outbox({ queueMax: 1 })
    const first = box.add({ type: 'mute', room_id: 'a' })
    await assert.rejects(box.add({ type: 'mute', room_id: 'a' }), { code: 'OUTBOX_FULL' })
    box.abandon(({ room_id: room }) => room === 'a', 'LEFT', 'gone')
    await assert.rejects(first, { code: 'LEFT' })
  })
})
