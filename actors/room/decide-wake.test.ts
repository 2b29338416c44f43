import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { as, commands, definition, joinGraceMs, key, RoomKit, roomId, session } from './room.kit.ts'
import { wakeEventsMax } from './decide-wake.ts'

const { create, join, attach, detach, mute, wake, activated } = commands

describe('the alarm', () => {
  test('lapses a seat whose grace is over, not a millisecond earlier, and tells its session', () => {
    const room = new RoomKit().given(create(), join('ann', 1), join('bob', 2), attach('bob', 2))
    room.nowMs += joinGraceMs - 1
    assert.deepEqual(room.run(wake).events, [])
    room.nowMs += 1
    const { published, pushes, writes } = room.run(wake)
    assert.deepEqual(published, [
      { type: 'participant.left', session_id: session(1), user_id: 'ann', reason: 'lapsed' },
    ])
    assert.deepEqual(pushes, [
      { to: [session(1)], body: { type: 'session_ended', session_id: session(1), reason: 'lapsed' } },
    ])
    assert.deepEqual(writes, [
      { write: 'participant.left', sessionId: session(1), atMs: room.nowMs },
      { write: 'room.activity', roomId, activeAtMs: room.nowMs, participants: 1, closesAtMs: null },
    ])
    assert.equal(definition.nextWakeAtMs(room.state), null)
  })

  test('spares a seat that was attached again in time', () => {
    const room = new RoomKit().given(create(), join('ann', 1), attach('ann', 1), detach(1), attach('ann', 1))
    room.nowMs += 2 * joinGraceMs
    assert.deepEqual(room.run(wake).events, [])
  })

  test('lifts a mute at its deadline, as the clock of the actor, and ends its workflow', () => {
    const room = new RoomKit().given(create(), join('ann', 1), attach('ann', 1), mute(as('owner'), 'ann', 2))
    assert.equal(definition.nextWakeAtMs(room.state), room.nowMs + 2_000)
    room.nowMs += 2_000
    const { events, published, writes } = room.run(wake)
    const lifted = { kind: 'mute', user_id: 'ann', generation: 1, cause: 'expired', clock: 'actor' }
    assert.deepEqual(events, [{ type: 'sanction.lifted', v: 1, ...lifted, by: 'system', reason: '' }])
    assert.deepEqual(published, [{ type: 'sanction.lifted', ...lifted }])
    assert.equal(room.view().participants[0]?.is_muted, false)
    assert.deepEqual(writes.at(-1), {
      write: 'outbox',
      key: `sanction:mute:room:${roomId}:ann`,
      message: {
        kind: 'sanction.ended',
        ref: { kind: 'mute', scope: 'room', scopeId: roomId, userId: 'ann' },
        generation: 1,
      },
      atMs: room.nowMs,
    })
  })

  test('leaves a permanent mute alone', () => {
    const room = new RoomKit().given(create(), mute(as('owner'), 'ann', null))
    assert.equal(definition.nextWakeAtMs(room.state), null)
    room.nowMs += 1e12
    assert.deepEqual(room.run(wake).events, [])
  })

  test('takes a crowd in bounded portions', () => {
    const crowd = wakeEventsMax + 1
    const room = new RoomKit().given(create({ room_type: 'announcement', max_participants: crowd }))
    for (let number = 0; number < crowd; number += 1) room.given(join(`u${number}`, number))
    room.nowMs += joinGraceMs
    assert.equal(room.run(wake).events.length, wakeEventsMax)
    assert.equal(definition.nextWakeAtMs(room.state), room.nowMs)
    assert.equal(room.run(wake).events.length, 1)
    assert.equal(definition.nextWakeAtMs(room.state), null)
  })
})

describe('a fresh activation', () => {
  test('gives every seat the grace to be attached again', () => {
    const room = new RoomKit().given(create(), join('ann', 1), join('bob', 2), attach('ann', 1), attach('bob', 2))
    room.state = definition.fromSnapshot(key, definition.toSnapshot(room.state))
    assert.equal(definition.nextWakeAtMs(room.state), null)
    room.nowMs += 60_000
    room.given(activated, attach('bob', 2))
    assert.equal(definition.nextWakeAtMs(room.state), room.nowMs + joinGraceMs)
    room.nowMs += joinGraceMs
    room.given(wake)
    assert.deepEqual([...room.state.sessions.keys()], [session(2)])
  })

  test('of an empty room changes nothing', () => {
    const room = new RoomKit().given(create())
    const before = room.state
    room.given(activated)
    assert.equal(room.state, before)
  })
})
