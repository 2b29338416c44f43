import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { permissions } from '../../protocol/room/permissions.ts'
import { as, commands, definition, key, ofGuild, RoomKit, roomId, user } from './room.kit.ts'
import { rolesMax } from './state.ts'

const { create, join, leave, mute, update, close, view, setRole, transfer, authorize } = commands
const owner = as('owner')
const admin = as('boss', 'admin')
const ok = null

const open = (changes: Parameters<typeof create>[0] = {}) =>
  new RoomKit().given(create({ max_participants: 50, ...changes }))
const reply = (room: RoomKit, command: Parameters<RoomKit['run']>[0]) => room.run(command).reply
const rejected = (code: string) => ({ reject: code })

describe('a role that was given', () => {
  test('is journaled, told to everyone and written to the rows of the seat', () => {
    const room = open().given(join('ann', 1))
    const { reply: answered, events, published, writes } = room.run(setRole(owner, 'ann', 'moderator'))
    assert.deepEqual(answered, { user_id: 'ann', role: 'moderator' })
    assert.deepEqual(events, [{ type: 'role.changed', v: 1, user_id: 'ann', role: 'moderator', by: 'owner' }])
    assert.deepEqual(published, [{ type: 'role.changed', user_id: 'ann', role: 'moderator' }])
    assert.deepEqual(writes, [
      { write: 'participant.role', roomId, userId: 'ann', role: 'moderator', given: 'moderator' },
    ])
    assert.equal(room.view().participants[0]?.role, 'moderator')
  })

  test('bites on the very next command, and so does taking it away', () => {
    const room = open().given(join('ann', 1), join('bob', 2))
    assert.deepEqual(reply(room, mute(as('ann'), 'bob', 5)), rejected('FORBIDDEN'))
    room.given(setRole(owner, 'ann', 'moderator'), mute(as('ann'), 'bob', 5), setRole(owner, 'ann', 'member'))
    assert.deepEqual(reply(room, mute(as('ann'), 'bob', 5)), rejected('FORBIDDEN'))
  })

  test('outlives the seat and a snapshot; the next seat has it', () => {
    const room = open({ is_private: true }).given(setRole(owner, 'ann', 'moderator'))
    room.given(join('ann', 1), leave('ann'))
    room.state = definition.fromSnapshot(key, JSON.parse(JSON.stringify(definition.toSnapshot(room.state))))
    room.given(view(as('ann')), join('ann', 2), mute(as('ann'), 'bob', 5))
    assert.equal(room.view().participants[0]?.role, 'moderator')
  })

  test('leaves its holder a member where it is taken away, and a stranger without a seat', () => {
    const room = open({ is_private: true }).given(setRole(owner, 'ann', 'member'), join('ann', 1))
    assert.deepEqual(reply(room, setRole(owner, 'ann', null)), { user_id: 'ann', role: 'member' })
    room.given(leave('ann'))
    assert.deepEqual(reply(room, view(as('ann'))), rejected('ROOM_NOT_FOUND'))
  })

  test('given twice journals nothing', () => {
    assert.deepEqual(
      open()
        .given(setRole(owner, 'ann', 'member'))
        .run(setRole(owner, 'ann', 'member')).events,
      [],
    )
    assert.deepEqual(open().run(setRole(owner, 'ann', null)).events, [])
  })

  test('is bounded in number', () => {
    const room = open()
    room.state = {
      ...room.state,
      roles: new Map(Array.from({ length: rolesMax }, (_, number) => [user(`u${number}`), 'member'])),
    }
    assert.deepEqual(reply(room, setRole(owner, 'ann', 'member')), rejected('TOO_MANY_ROLES'))
    room.given(setRole(owner, 'u1', 'moderator'), setRole(owner, 'u2', null), setRole(owner, 'ann', 'member'))
  })
})

describe('who may give roles', () => {
  test('the owner, and tokens above; nobody else, and nobody to themselves', () => {
    const room = open().given(join('ann', 1), setRole(owner, 'mod', 'moderator'))
    for (const by of [as('ann'), as('mod'), as('eve')]) {
      assert.deepEqual(reply(room, setRole(by, 'bob', 'member')), rejected('FORBIDDEN'))
    }
    assert.deepEqual(reply(room, setRole(as('ann', 'admin'), 'ann', 'moderator')), rejected('FORBIDDEN'))
    room.given(setRole(admin, 'ann', 'moderator'), setRole(as('game', 'service'), 'ann', 'member'))
  })

  test('a moderator whom the room lets give roles gives those below their own, to those below them', () => {
    const room = open({ permissions: { moderator: { allow: ['manage_roles'] } } }).given(
      setRole(owner, 'mod', 'moderator'),
      setRole(owner, 'mod2', 'moderator'),
    )
    room.given(setRole(as('mod'), 'ann', 'member'))
    assert.deepEqual(reply(room, setRole(as('mod'), 'ann', 'moderator')), rejected('FORBIDDEN'))
    assert.deepEqual(reply(room, setRole(as('mod'), 'mod2', 'member')), rejected('FORBIDDEN'))
    assert.deepEqual(reply(room, setRole(as('mod'), 'owner', 'member')), rejected('FORBIDDEN'))
  })

  test('the owner keeps theirs, whoever asks', () => {
    assert.deepEqual(reply(open(), setRole(admin, 'owner', 'member')), rejected('FORBIDDEN'))
  })
})

describe('ownership', () => {
  test('goes to a participant; the one who was the owner is a moderator', () => {
    const room = open().given(join('owner', 1), join('ann', 2))
    const { reply: answered, published, writes } = room.run(transfer(owner, 'ann'))
    assert.equal((answered as { owner_id: string }).owner_id, 'ann')
    assert.deepEqual(published, [{ type: 'ownership.transferred', from_user_id: 'owner', to_user_id: 'ann' }])
    assert.deepEqual(
      writes.map((row) => (row.write === 'participant.role' ? [row.userId, row.role] : row.write)),
      ['room.put', ['owner', 'moderator'], ['ann', 'owner']],
    )
    assert.deepEqual(
      room.view().participants.map(({ role }) => role),
      ['moderator', 'owner'],
    )
    assert.deepEqual(reply(room, close(owner)), rejected('FORBIDDEN'))
    assert.deepEqual(reply(room, mute(owner, 'ann', 5)), rejected('FORBIDDEN'))
    room.given(mute(as('ann'), 'owner', 5), close(as('ann')))
  })

  test('goes to nobody whom the room does not know, and is given by owner and tokens above alone', () => {
    const room = open().given(join('ann', 1), setRole(owner, 'mod', 'moderator'))
    assert.deepEqual(reply(room, transfer(owner, 'eve')), rejected('PARTICIPANT_NOT_FOUND'))
    for (const by of [as('ann'), as('mod'), as('eve')]) {
      assert.deepEqual(reply(room, transfer(by, 'ann')), rejected('FORBIDDEN'))
    }
    assert.deepEqual(room.run(transfer(owner, 'owner')).events, [])
    room.given(transfer(admin, 'mod'))
    assert.equal(room.view().room.owner_id, 'mod')
  })

  test('with a full list of roles goes to those in the list only', () => {
    const room = open().given(join('ann', 1))
    room.state = {
      ...room.state,
      roles: new Map(Array.from({ length: rolesMax }, (_, number) => [user(`u${number}`), 'member'])),
    }
    assert.deepEqual(reply(room, transfer(owner, 'ann')), rejected('TOO_MANY_ROLES'))
    room.given(transfer(owner, 'u1'))
    assert.equal(room.state.roles.size, rolesMax)
  })
})

describe('permissions', () => {
  test('of a role may be widened and narrowed by the room, but for the owner', () => {
    const room = open({
      permissions: { moderator: { deny: ['mute'], allow: ['update_room'] }, member: { allow: ['read_history'] } },
    }).given(setRole(owner, 'mod', 'moderator'), join('ann', 1))
    assert.deepEqual(reply(room, mute(as('mod'), 'ann', 5)), rejected('FORBIDDEN'))
    room.given(update(as('mod'), { name: 'another' }), authorize(as('ann'), 'read_history'))
    for (const permission of permissions) room.given(authorize(owner, permission), authorize(admin, permission))
  })

  test('of a room are changed by its owner alone, whoever may update it', () => {
    const room = open({ permissions: { moderator: { allow: ['update_room'] } } }).given(
      setRole(owner, 'mod', 'moderator'),
    )
    const grab = { permissions: { moderator: { allow: ['manage_roles' as const] } } }
    assert.deepEqual(reply(room, update(as('mod'), grab)), rejected('FORBIDDEN'))
    room.given(update(owner, grab), update(admin, grab))
  })

  test('are told without a trace, also of a closed room, and not of one that hides', () => {
    const room = open({ is_private: true }).given(setRole(owner, 'mod', 'moderator'))
    const asked = room.run(authorize(as('mod'), 'read_history'))
    assert.deepEqual(asked, { reply: ok, events: [], published: [], pushes: [], writes: [] })
    assert.deepEqual(reply(room, authorize(as('mod'), 'close_room')), rejected('FORBIDDEN'))
    assert.deepEqual(reply(room, authorize(as('eve'), 'read_history')), rejected('ROOM_NOT_FOUND'))
    room.given(close(owner), authorize(as('mod'), 'read_history'))
    assert.deepEqual(reply(new RoomKit(), authorize(owner, 'mute')), rejected('ROOM_NOT_FOUND'))
  })
})

describe("a guild's hall", () => {
  const hall = () =>
    new RoomKit().given(
      create({ room_type: 'guild', guild_id: 'g1', is_private: true, max_participants: 50 }, ofGuild('owner')),
    )

  test('is open to the people of the guild, private or not, and to nobody else', () => {
    const room = hall().given(view(ofGuild('ann')), join('ann', 1, { by: ofGuild('ann') }))
    assert.equal(room.view().participants[0]?.role, 'member')
    assert.deepEqual(reply(room, view(as('eve'))), rejected('ROOM_NOT_FOUND'))
    const other = { ...as('eve'), guilds: [{ id: 'g2', role: 'owner' as const }] }
    assert.deepEqual(reply(room, join('eve', 2, { by: other })), rejected('ROOM_NOT_FOUND'))
  })

  test('is moderated by those who lead the guild, unless the room says otherwise', () => {
    const lead = ofGuild('lead', 'moderator')
    const room = hall().given(join('ann', 1, { by: ofGuild('ann') }), mute(lead, 'ann', 5))
    room.given(join('lead', 2, { by: lead }))
    assert.equal(room.view().participants[1]?.role, 'moderator')
    assert.deepEqual(reply(room, mute(ofGuild('lead2', 'owner'), 'lead', 5)), rejected('FORBIDDEN'))
    room.given(setRole(owner, 'lead', 'member'))
    assert.deepEqual(reply(room, mute(lead, 'ann', 5)), rejected('FORBIDDEN'))
  })

  test('is made by people of the guild, and tokens above', () => {
    const spec = { room_type: 'guild', guild_id: 'g1' } as const
    assert.deepEqual(new RoomKit().run(create(spec)).reply, rejected('FORBIDDEN'))
    new RoomKit().given(create(spec, as('game', 'service')))
  })

  test('is a room of that type: another with a guild id knows no guild', () => {
    const room = open({ guild_id: 'g1', is_private: true })
    assert.deepEqual(reply(room, view(ofGuild('ann', 'owner'))), rejected('ROOM_NOT_FOUND'))
  })
})
