import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RoomPush } from '../../protocol/room/view.ts'
import { commands, connection, definition, joinGraceMs, RoomKit, session, type Outcome } from './room.kit.ts'

const { create, join, leave, attach, detach, setFlags, useSeat } = commands

const presence = ({ pushes }: Outcome) =>
  pushes.map(({ to, body }) => {
    const push = body as Extract<RoomPush, { type: 'presence' }>
    assert.deepEqual([to, push.type], ['all', 'presence'])
    const { session_id, is_connected, self_muted, transmits, speaking, hand_raised, priority } = push.participant
    return { session_id, is_connected, self_muted, transmits, speaking, hand_raised, priority }
  })

const seen = (number: number, flags = {}) => ({
  session_id: session(number),
  is_connected: true,
  self_muted: false,
  transmits: 'room',
  speaking: false,
  hand_raised: false,
  priority: false,
  ...flags,
})

const withAnn = () => new RoomKit().given(create(), join('ann', 1))
const lapseAt = (room: RoomKit, number: number) => room.state.presence.get(session(number))?.lapseAtMs

describe('attaching', () => {
  test('connects the seat, takes its deadline away and tells everyone', () => {
    const room = withAnn()
    const done = room.run(attach('ann', 1, { hand_raised: true }))
    assert.deepEqual(done.reply, {
      session_id: session(1),
      role: 'member',
      mesh: 'full',
      last_signal_seq: 1_000_000_000,
    })
    assert.deepEqual([done.events, done.writes], [[], []])
    assert.deepEqual(presence(done), [seen(1, { hand_raised: true })])
    assert.equal(definition.nextWakeAtMs(room.state), null)
  })

  test('tells the whole of the flags: one that is not named is off', () => {
    const room = withAnn().given(attach('ann', 1, { hand_raised: true }))
    assert.deepEqual(presence(room.run(attach('ann', 1, { self_muted: true }))), [seen(1, { self_muted: true })])
  })

  test("to no seat, or another user's, is SESSION_NOT_FOUND", () => {
    const room = withAnn().given(join('bob', 2))
    for (const command of [attach('ann', 9), attach('ann', 2), attach('cid', 1)]) {
      assert.deepEqual(room.run(command).reply, { reject: 'SESSION_NOT_FOUND' })
    }
  })
})

describe('detaching', () => {
  test('leaves the seat for the grace, silent, and tells everyone', () => {
    const room = withAnn().given(attach('ann', 1, { speaking: true, hand_raised: true }))
    room.nowMs += 5_000
    const done = room.run(detach(1))
    assert.deepEqual(presence(done), [seen(1, { is_connected: false, hand_raised: true })])
    assert.deepEqual([done.reply, done.events], [null, []])
    assert.equal(definition.nextWakeAtMs(room.state), room.nowMs + joinGraceMs)
  })

  test('again changes nothing and moves no deadline', () => {
    const room = withAnn().given(attach('ann', 1), detach(1))
    const before = room.state
    room.nowMs += 5_000
    assert.deepEqual(room.run(detach(1)), { reply: null, events: [], published: [], pushes: [], writes: [] })
    assert.equal(room.state, before)
  })

  test('a seat that is gone is no error', () => {
    const room = withAnn().given(leave('ann'))
    assert.deepEqual(room.run(detach(1)).reply, null)
  })
})

describe('two connections of one seat', () => {
  const [old, fresh] = [connection(1), connection(2)]

  test('the later one carries it, and the earlier one is told first', () => {
    const room = withAnn().given(attach('ann', 1, {}, old))
    const [first, ...others] = room.run(attach('ann', 1, {}, fresh)).pushes
    const ended = { type: 'session_ended', session_id: session(1), reason: 'replaced' }
    assert.deepEqual([first, others.length], [{ to: [session(1)], body: ended }, 1])
  })

  test('the same one again, or one behind a lost one, replaces nobody', () => {
    const room = withAnn().given(attach('ann', 1, {}, old))
    assert.deepEqual(presence(room.run(attach('ann', 1, {}, old))), [seen(1)])
    assert.deepEqual(presence(room.given(detach(1, old)).run(attach('ann', 1, {}, fresh))), [seen(1)])
  })

  test('the end of the earlier one is refused and changes nothing', () => {
    const room = withAnn().given(attach('ann', 1, {}, old), attach('ann', 1, {}, fresh))
    const before = room.state
    assert.deepEqual(room.run(detach(1, old)).reply, { reject: 'SESSION_NOT_FOUND' })
    assert.equal(room.state, before)
    assert.deepEqual(presence(room.run(detach(1, fresh))), [seen(1, { is_connected: false })])
  })

  test('a lost link, which names no connection, ends the one that is there', () => {
    const room = withAnn().given(attach('ann', 1, {}, old))
    assert.deepEqual(presence(room.run(detach(1))), [seen(1, { is_connected: false })])
  })
})

describe('setting flags', () => {
  test('changes what is named and tells everyone', () => {
    const room = withAnn().given(attach('ann', 1, { hand_raised: true }))
    const done = room.run(setFlags('ann', 1, { speaking: true }))
    assert.deepEqual(presence(done), [seen(1, { hand_raised: true, speaking: true })])
    assert.deepEqual([done.reply, done.events], [null, []])
  })

  test('as they are tells nobody', () => {
    const room = withAnn().given(attach('ann', 1, { speaking: true }))
    const before = room.state
    assert.deepEqual(room.run(setFlags('ann', 1, { speaking: true, hand_raised: false })).pushes, [])
    assert.equal(room.state, before)
  })

  test("of another user's seat is SESSION_NOT_FOUND", () => {
    assert.deepEqual(withAnn().run(setFlags('bob', 1, { speaking: true })).reply, { reject: 'SESSION_NOT_FOUND' })
  })
})

describe('using a seat', () => {
  test('keeps it alive without a connection, and tells nobody', () => {
    const room = withAnn()
    room.nowMs += 20_000
    const done = room.run(useSeat('ann', 1))
    assert.deepEqual([done.reply, done.events, done.pushes], [null, [], []])
    assert.equal(lapseAt(room, 1), room.nowMs + joinGraceMs)
  })

  test('changes nothing of one that is connected', () => {
    const room = withAnn().given(attach('ann', 1, { speaking: true }))
    const before = room.state
    room.given(useSeat('ann', 1))
    assert.deepEqual(room.state, before)
  })

  test("that is another user's, or nobody's, is SESSION_NOT_FOUND", () => {
    const room = withAnn().given(join('bob', 2))
    for (const command of [useSeat('ann', 2), useSeat('ann', 9), useSeat('cid', 1)]) {
      assert.deepEqual(room.run(command).reply, { reject: 'SESSION_NOT_FOUND' })
    }
  })
})
