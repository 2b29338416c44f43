import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { JoinReply } from '../../protocol/room/replies.ts'
import { as, commands, definition, joinGraceMs, RoomKit, roomId, session, user } from './room.kit.ts'

const { create, join, leave, attach, mute, update } = commands

describe('joining', () => {
  test('takes a seat that is not connected yet, and answers the room with it', () => {
    const room = new RoomKit().given(create())
    const { reply, events, published, pushes, writes } = room.run(join('ann', 1))
    const { session_id, role, snapshot } = reply as JoinReply
    assert.deepEqual([session_id, role], [session(1), 'member'])
    const [seat] = snapshot.participants
    assert.equal(snapshot.room.current_participants, 1)
    assert.deepEqual(seat, {
      session_id: session(1),
      user_id: 'ann',
      username: 'ann',
      role: 'member',
      joined_at: '2023-11-14T22:13:20.000Z',
      speaks_from: null,
      is_connected: false,
      on_stage: false,
      has_voice: false,
      is_muted: false,
      muted_until: null,
      is_deafened: false,
      self_muted: false,
      push_to_talk: false,
      transmits: 'room',
      speaking: false,
      hand_raised: false,
      priority: false,
    })
    assert.deepEqual(snapshot, room.view())
    assert.deepEqual(
      events.map((event) => event.type),
      ['participant.joined'],
    )
    assert.deepEqual(published, [{ type: 'participant.joined', participant: seat }])
    assert.deepEqual(pushes, [])
    assert.deepEqual(writes, [
      { write: 'sanctions.known', userId: 'ann', guildId: null, known: [], atMs: room.nowMs },
      {
        write: 'participant.put',
        roomId,
        sessionId: session(1),
        userId: 'ann',
        username: 'ann',
        role: 'member',
        joinedAtMs: room.nowMs,
        isMuted: false,
        mutedUntilMs: null,
        isDeafened: false,
      },
      { write: 'room.activity', roomId, activeAtMs: room.nowMs, participants: 1, closesAtMs: null },
    ])
    assert.equal(definition.nextWakeAtMs(room.state), room.nowMs + joinGraceMs)
  })

  test('leaves an answer to be remembered that is as short in a full room as in an empty one', () => {
    const room = new RoomKit().given(create())
    const joins = [1, 2, 3].map((number) => room.run(join(`user-${number}`, number)).reply as JoinReply)
    assert.deepEqual(
      joins.map(({ snapshot }) => snapshot.participants.length),
      [1, 2, 3],
    )
    assert.deepEqual(
      room.kept.slice(1),
      joins.map(({ session_id, role }) => ({ session_id, role, snapshot: null })),
    )
  })

  test('makes the owner an owner', () => {
    assert.equal((new RoomKit().given(create()).run(join('owner', 1)).reply as JoinReply).role, 'owner')
  })

  test('for someone else takes a service or admin token', () => {
    const room = new RoomKit().given(create())
    assert.deepEqual(room.run(join('ann', 1, { by: as('eve') })).reply, { reject: 'ACTING_USER_MISMATCH' })
    assert.deepEqual(room.run(join('ann', 1, { by: as('owner') })).reply, { reject: 'ACTING_USER_MISMATCH' })
    room.given(join('ann', 1, { by: as('game', 'service') }), join('bob', 2, { by: as('boss', 'admin') }))
  })

  test('fills the room exactly: of 500 tries at 40 seats, 40 are admitted and 460 refused alike', () => {
    const room = new RoomKit().given(create({ max_participants: 40 }))
    const replies = Array.from({ length: 500 }, (_, index) => room.run(join(`u${index}`, index)).reply)
    const refused = replies.filter((reply) => 'reject' in (reply as object))
    assert.equal(room.state.seats.size, 40)
    assert.equal(refused.length, 460)
    for (const reply of refused) assert.deepEqual(reply, { reject: 'ROOM_FULL' })
  })

  test('a seat that was given up is free again', () => {
    new RoomKit().given(create({ max_participants: 1 }), join('ann', 1), leave('ann'), join('bob', 2))
  })
})

describe('a second join of the same user', () => {
  test('replaces the seat, also in a full room, and ends the first session', () => {
    const room = new RoomKit().given(create({ max_participants: 1 }), join('ann', 1), attach('ann', 1))
    const { reply, events, pushes, writes } = room.run(join('ann', 2))
    assert.deepEqual(
      events.map((event) => [event.type, 'session_id' in event && event.session_id, 'reason' in event && event.reason]),
      [
        ['participant.left', session(1), 'replaced'],
        ['participant.joined', session(2), false],
      ],
    )
    assert.deepEqual(pushes, [
      { to: [session(1)], body: { type: 'session_ended', session_id: session(1), reason: 'replaced' } },
    ])
    assert.deepEqual(
      (reply as JoinReply).snapshot.participants.map((seat) => [seat.session_id, seat.is_connected]),
      [[session(2), false]],
    )
    assert.deepEqual(
      writes.map((row) => row.write),
      ['participant.left', 'sanctions.known', 'participant.put', 'room.activity'],
    )
    assert.deepEqual([...room.state.presence.keys()], [session(2)])
  })

  test('with the same session is the same seat: nothing happens', () => {
    const room = new RoomKit().given(create(), join('ann', 1), attach('ann', 1))
    const before = room.state
    const { reply, events, pushes } = room.run(join('ann', 1))
    assert.deepEqual([events, pushes], [[], []])
    assert.equal((reply as JoinReply).snapshot.participants[0]?.is_connected, true)
    assert.equal(room.state, before)
  })

  test("never takes a session that is another user's", () => {
    const room = new RoomKit().given(create(), join('ann', 1))
    assert.deepEqual(room.run(join('bob', 1)).reply, { reject: 'VALIDATION_FAILED', data: { field: 'session_id' } })
  })
})

describe('a room with a password', () => {
  const locked = () => new RoomKit().given(create({ password_hash: 'current' }))

  test('asks for it, and takes only the current one', () => {
    const room = locked()
    assert.deepEqual(room.run(join('ann', 1)).reply, { reject: 'PASSWORD_REQUIRED' })
    assert.deepEqual(room.run(join('ann', 1, { hash: 'older' })).reply, { reject: 'PASSWORD_WRONG' })
    room.given(join('ann', 1, { hash: 'current' }))
    room.given(update(as('owner'), { password_hash: 'newer' }))
    assert.deepEqual(room.run(join('bob', 2, { hash: 'current' })).reply, { reject: 'PASSWORD_WRONG' })
  })

  test('lets owner, service and admin in without', () => {
    locked().given(
      join('owner', 1),
      join('ann', 2, { by: as('game', 'service') }),
      join('boss', 3, { by: as('boss', 'admin') }),
    )
  })

  test('is private and still admits who knows it', () => {
    const room = new RoomKit().given(create({ is_private: true, password_hash: 'h' }))
    assert.deepEqual(room.run(join('ann', 1)).reply, { reject: 'PASSWORD_REQUIRED' })
    room.given(join('ann', 1, { hash: 'h' }))
  })
})

test('a private room without a password admits owner, privileged tokens and who sits in it already', () => {
  const room = new RoomKit().given(create({ is_private: true }))
  assert.deepEqual(room.run(join('ann', 1)).reply, { reject: 'ROOM_NOT_FOUND' })
  room.given(join('owner', 1), join('ann', 2, { by: as('game', 'service') }), join('ann', 3))
  assert.deepEqual([...room.state.sessions.keys()], [session(1), session(3)])
})

describe('a mute', () => {
  test('outlives leaving and joining again', () => {
    const room = new RoomKit().given(create(), join('ann', 1), mute(as('owner'), 'ann', 60), leave('ann'))
    const { reply, writes } = room.run(join('ann', 2))
    const [seat] = (reply as JoinReply).snapshot.participants
    assert.equal(seat?.is_muted, true)
    assert.equal(seat.muted_until, '2023-11-14T22:14:20.000Z')
    const put = writes.find((row) => row.write === 'participant.put')
    assert.deepEqual([put?.isMuted, put?.mutedUntilMs], [true, room.nowMs + 60_000])
  })
})

describe('leaving', () => {
  test('by session gives up that seat', () => {
    const room = new RoomKit().given(create(), join('ann', 1))
    const { reply, published, pushes, writes } = room.run(leave('ann', 1))
    assert.deepEqual(reply, { session_id: session(1), user_id: 'ann' })
    assert.deepEqual(published, [{ type: 'participant.left', session_id: session(1), user_id: 'ann', reason: 'left' }])
    assert.deepEqual(pushes, [])
    assert.deepEqual(writes, [
      { write: 'participant.left', sessionId: session(1), atMs: room.nowMs },
      { write: 'room.activity', roomId, activeAtMs: room.nowMs, participants: 0, closesAtMs: null },
    ])
    assert.deepEqual([room.state.seats.size, room.state.sessions.size, room.state.presence.size], [0, 0, 0])
  })

  test('by user gives up their seat and tells its session', () => {
    const { pushes } = new RoomKit().given(create(), join('ann', 1)).run(leave('ann'))
    assert.deepEqual(pushes, [
      { to: [session(1)], body: { type: 'session_ended', session_id: session(1), reason: 'left' } },
    ])
  })

  test("a session that is not there, or another user's, is SESSION_NOT_FOUND", () => {
    const room = new RoomKit().given(create(), join('ann', 1), join('bob', 2))
    for (const command of [leave('ann', 9), leave('ann', 2), leave('cid', 1)]) {
      assert.deepEqual(room.run(command).reply, { reject: 'SESSION_NOT_FOUND' })
    }
  })

  test('a user without a seat is PARTICIPANT_NOT_FOUND', () => {
    assert.deepEqual(new RoomKit().given(create()).run(leave('ann')).reply, { reject: 'PARTICIPANT_NOT_FOUND' })
  })

  test('of someone else takes a service or admin token', () => {
    const room = new RoomKit().given(create(), join('ann', 1), join('bob', 2))
    for (const by of [as('owner'), as('bob')]) {
      assert.deepEqual(room.run(leave('ann', undefined, by)).reply, { reject: 'ACTING_USER_MISMATCH' })
    }
    room.given(leave('ann', undefined, as('game', 'service')), leave('bob', 2, as('boss', 'admin')))
    assert.equal(room.state.seats.has(user('ann')), false)
  })
})

describe('a second join of a user', () => {
  const refusing = { settings: { duplicate_session: 'refuse' } }

  test('is refused where the room says so, and told of the seat that is there', () => {
    const room = new RoomKit().given(create(refusing), join('ann', 1))
    assert.deepEqual(room.run(join('ann', 2)).reply, {
      reject: 'ALREADY_IN_ROOM',
      data: { session_id: session(1) },
    })
    assert.equal((room.run(join('ann', 1)).reply as JoinReply).session_id, session(1), 'the same seat is no second one')
  })

  test('is taken again once the seat was given up', () => {
    const room = new RoomKit().given(create(refusing), join('ann', 1), leave('ann'), join('ann', 2))
    assert.equal(room.view().participants[0]?.session_id, session(2))
  })
})

test('a seat waits as long as its room says, after a join, a lost connection and a fresh activation', () => {
  const graceMs = 90_000
  const room = new RoomKit().given(create({ settings: { departure_grace_s: 90 } }), join('ann', 1))
  assert.equal(definition.nextWakeAtMs(room.state), room.nowMs + graceMs)
  room.given(attach('ann', 1))
  room.nowMs += 5_000
  room.given(commands.detach(1))
  assert.equal(definition.nextWakeAtMs(room.state), room.nowMs + graceMs)
  room.nowMs += 5_000
  room.given(commands.activated)
  assert.equal(definition.nextWakeAtMs(room.state), room.nowMs + graceMs)
})
