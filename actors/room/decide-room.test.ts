import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RoomView } from '../../protocol/room/view.ts'
import { as, commands, definition, RoomKit, roomId, session, user } from './room.kit.ts'

const { create, join, leave, attach, detach, setFlags, signal, mute, unmute, expire, update, close, view } = commands

describe('creating a room', () => {
  test('journals the whole spec, answers the room object and writes the record', () => {
    const room = new RoomKit()
    const { reply, events, published, writes } = room.run(create({ password_hash: 'h' }))
    assert.equal((reply as RoomView).room_id, roomId)
    assert.equal((reply as RoomView).has_password, true)
    assert.equal((reply as RoomView).bitrate, 64_000)
    assert.equal((reply as RoomView).created_at, '2023-11-14T22:13:20.000Z')
    assert.deepEqual(
      events.map((event) => event.type),
      ['room.created'],
    )
    assert.deepEqual(published, [{ type: 'room.created', room: reply }])
    assert.deepEqual(
      writes.map((row) => row.write),
      ['room.put'],
    )
    assert.ok(!JSON.stringify([reply, published]).includes('password_hash'))
  })

  test('a second time is ROOM_EXISTS', () => {
    assert.deepEqual(new RoomKit().given(create()).run(create()).reply, { reject: 'ROOM_EXISTS' })
  })

  test('in the name of another owner takes a service or admin token', () => {
    assert.deepEqual(new RoomKit().run(create({}, as('eve'))).reply, { reject: 'ACTING_USER_MISMATCH' })
    new RoomKit().given(create({}, as('game', 'service')))
    new RoomKit().given(create({}, as('boss', 'admin')))
  })
})

const everyOther = [
  update(as('owner'), {}),
  close(as('owner')),
  join('ann', 1),
  leave('ann'),
  attach('ann', 1),
  setFlags('ann', 1, { speaking: true }),
  signal('ann', 1, 'bob'),
  mute(as('owner'), 'ann', 5),
  unmute(as('owner'), 'ann'),
  expire('ann', 1),
]

describe('the life of a room', () => {
  for (const command of everyOther) {
    test(`${command.type} is ROOM_NOT_FOUND before the creation and ROOM_CLOSED after the closing`, () => {
      assert.deepEqual(new RoomKit().run(command).reply, { reject: 'ROOM_NOT_FOUND' })
      const closed = new RoomKit().given(create(), join('ann', 1), close(as('owner')))
      assert.deepEqual(closed.run(command).reply, { reject: 'ROOM_CLOSED' })
    })
  }

  test('a closed room is not created again', () => {
    assert.deepEqual(new RoomKit().given(create(), close(as('owner'))).run(create()).reply, { reject: 'ROOM_CLOSED' })
  })

  test('what the engine sends is never refused and changes nothing there', () => {
    const closed = new RoomKit().given(create(), join('ann', 1), close(as('owner')))
    for (const room of [new RoomKit(), closed]) {
      const before = room.state
      for (const command of [commands.wake, commands.activated, detach(1)]) {
        assert.deepEqual(room.run(command), { reply: null, events: [], published: [], pushes: [], writes: [] })
      }
      assert.equal(room.state, before)
    }
  })
})

describe('updating a room', () => {
  test('changes what is named and tells everyone', () => {
    const room = new RoomKit().given(create({ password_hash: 'h' }))
    const { reply, published, writes } = room.run(update(as('owner'), { name: 'Chill', password_hash: null }))
    assert.equal((reply as RoomView).name, 'Chill')
    assert.equal((reply as RoomView).has_password, false)
    assert.deepEqual(published, [{ type: 'room.updated', room: reply }])
    assert.deepEqual(
      writes.map((row) => row.write),
      ['room.put'],
    )
  })

  test('with nothing to change journals nothing', () => {
    const { reply, events } = new RoomKit().given(create()).run(update(as('owner'), {}))
    assert.equal((reply as RoomView).name, 'Raid night')
    assert.deepEqual(events, [])
  })

  test('may set the capacity below the seats taken: all stay, nobody comes in', () => {
    const room = new RoomKit().given(create(), join('ann', 1), join('bob', 2))
    room.given(update(as('owner'), { max_participants: 1 }))
    assert.equal(room.state.seats.size, 2)
    assert.deepEqual(room.run(join('cid', 3)).reply, { reject: 'ROOM_FULL' })
    room.given(leave('ann'))
    assert.deepEqual(room.run(join('cid', 3)).reply, { reject: 'ROOM_FULL' })
    room.given(leave('bob'), join('cid', 3))
  })

  for (const command of [update(as('ann'), { name: 'x' }), close(as('ann'))]) {
    test(`${command.type} is FORBIDDEN to members`, () => {
      assert.deepEqual(new RoomKit().given(create(), join('ann', 1)).run(command).reply, { reject: 'FORBIDDEN' })
    })
  }

  test('is open to service and admin', () => {
    new RoomKit().given(create(), update(as('game', 'service'), { name: 'x' }), close(as('boss', 'admin')))
  })
})

describe('closing a room', () => {
  test('ends every seat, in memory, on the sockets and in the record', () => {
    const room = new RoomKit().given(create(), join('ann', 1), join('bob', 2))
    const { reply, published, pushes, writes } = room.run(close(as('owner')))
    assert.equal((reply as RoomView).status, 'closed')
    assert.equal((reply as RoomView).current_participants, 0)
    assert.deepEqual(published, [{ type: 'room.closed', cause: 'closed' }])
    assert.deepEqual(pushes, [
      { to: [session(1)], body: { type: 'session_ended', session_id: session(1), reason: 'room_closed' } },
      { to: [session(2)], body: { type: 'session_ended', session_id: session(2), reason: 'room_closed' } },
    ])
    assert.deepEqual(
      writes.map((row) => row.write),
      ['room.put', 'participant.left', 'participant.left'],
    )
    assert.equal(room.state.seats.size, 0)
  })

  test('leaves sanctions in place, ends the workflows of the timed ones, and wakes no more', () => {
    const room = new RoomKit().given(create(), mute(as('owner'), 'ann', 5), mute(as('owner'), 'bob', null))
    const { writes } = room.run(close(as('owner')))
    const outbox = writes.filter((row) => row.write === 'outbox')
    assert.deepEqual(
      outbox.map((row) => [row.key, row.message.kind]),
      [[`sanction:mute:room:${roomId}:ann`, 'sanction.ended']],
    )
    assert.equal(room.view().sanctions.length, 2)
    assert.equal(definition.nextWakeAtMs(room.state), null)
    assert.deepEqual(definition.gauges(room.state), { active_rooms: 0, active_participants: 0 })
  })
})

describe('viewing a room', () => {
  test('that was never created is ROOM_NOT_FOUND', () => {
    assert.deepEqual(new RoomKit().run(view()).reply, { reject: 'ROOM_NOT_FOUND' })
  })

  test('shows a closed one with its status', () => {
    assert.equal(new RoomKit().given(create(), close(as('owner'))).view().room.status, 'closed')
  })

  test('a private one shows itself to owner, seat holders, privileged tokens and the inside', () => {
    const room = new RoomKit().given(create({ is_private: true }), join('ann', 1, { by: as('game', 'service') }))
    assert.deepEqual(room.run(view(as('eve'))).reply, { reject: 'ROOM_NOT_FOUND' })
    room.given(view(as('owner')), view(as('ann')), view(as('x', 'admin')), view(as('x', 'service')), view(null))
    room.given(leave('ann'))
    assert.deepEqual(room.run(view(as('ann'))).reply, { reject: 'ROOM_NOT_FOUND' })
  })

  test('a private one hides itself from outsiders on every other way too', () => {
    const room = new RoomKit().given(create({ is_private: true }), join('owner', 1))
    const eve = as('eve')
    for (const command of [
      join('eve', 9),
      leave('eve'),
      update(eve, {}),
      close(eve),
      mute(eve, 'owner', 1),
      unmute(eve, 'owner'),
    ]) {
      assert.deepEqual(room.run(command).reply, { reject: 'ROOM_NOT_FOUND' }, command.type)
    }
  })

  test('journals and changes nothing', () => {
    const room = new RoomKit().given(create(), join('ann', 1))
    const before = room.state
    assert.deepEqual(room.run(view()).events, [])
    assert.equal(room.state, before)
  })
})

test('gauges and counts speak of rooms and seats', () => {
  const room = new RoomKit()
  assert.deepEqual(definition.gauges(room.state), { active_rooms: 0, active_participants: 0 })
  const events = [room.run(create()), room.run(join('ann', 1)), room.run(leave('ann'))].flatMap((done) => done.events)
  assert.deepEqual(
    events.map((event) => definition.counts(event)),
    [['rooms_created'], ['participants_joined'], []],
  )
  room.given(join('ann', 2))
  assert.deepEqual(definition.gauges(room.state), { active_rooms: 1, active_participants: 1 })
  assert.equal(definition.mayRest(room.state), false)
  assert.equal(definition.mayRest(room.given(leave('ann')).state), true)
})

test('a frame of an unknown type never reaches the rules', () => {
  assert.throws(() => definition.decodeCommand({ type: 'dance', by: as('ann'), user_id: user('ann') }), {
    code: 'UNKNOWN_FRAME',
  })
})
