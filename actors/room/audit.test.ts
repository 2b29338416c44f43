import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { as, commands, key, roomId, RoomKit } from './room.kit.ts'

const open = () => new RoomKit().given(commands.create())

/** What the last row tells beside where it stands. */
const last = (room: RoomKit) => {
  const row = room.audit.at(-1)
  assert.ok(row)
  const { actor_user: by, target_user: target, reason, details } = row.body
  return { action: row.action, by, target, reason, details }
}

describe('the audit log of a room', () => {
  test('has its own chain, and names room and guild', () => {
    const create = commands.create()
    assert.ok(create.type === 'create')
    const room = new RoomKit().given({ ...create, spec: { ...create.spec, guild_id: 'guild-7' } })
    assert.deepEqual(
      room.audit.map(({ chain, atMs, roomId: id, guildId }) => [chain, atMs, id, guildId]),
      [[key, room.nowMs, roomId, 'guild-7']],
    )
  })

  test('tells who made the room, for whom, and not its password', () => {
    const room = new RoomKit().given(commands.create({ password_hash: '$argon2id$secret' }, as('root', 'admin')))
    assert.deepEqual(last(room), {
      ...{ action: 'room.created', by: 'root', target: 'owner', reason: '' },
      details: { name: 'Raid night', room_type: 'group', is_private: false },
    })
    assert.doesNotMatch(JSON.stringify(room.audit), /argon2/)
  })

  test('tells what was changed: values, but of a password and of what the game keeps only that it was', () => {
    const room = open().given(
      commands.update(as('owner'), { max_participants: 9, password_hash: '$argon2id$x', settings: { a: 1 } }),
    )
    assert.deepEqual(last(room), {
      ...{ action: 'room.updated', by: 'owner', target: null, reason: '' },
      details: { max_participants: 9, password: 'set', settings: 'changed' },
    })
    room.given(commands.update(as('owner'), { password_hash: null }))
    assert.deepEqual(last(room).details, { password: 'removed' })
  })

  test('tells of a closing and its reason', () => {
    const room = open().given(commands.close(as('root', 'admin')))
    assert.deepEqual(last(room), { action: 'room.closed', by: 'root', target: null, reason: 'over', details: {} })
  })

  test('tells of a sanction, and how it ended: by whom, or by which clock', () => {
    const room = open().given(commands.mute(as('owner'), 'bob', 60), commands.unmute(as('root', 'service'), 'bob'))
    const until_ms = room.nowMs + 60_000
    assert.deepEqual(room.audit[1]?.body, {
      ...{ actor_user: 'owner', target_user: 'bob', reason: 'noise', evidence: null },
      details: { kind: 'mute', generation: 1, until_ms },
    })
    assert.deepEqual(last(room), {
      ...{ action: 'sanction.lifted', by: 'root', target: 'bob', reason: 'sorry' },
      details: { kind: 'mute', generation: 1, cause: 'moderator', clock: 'none' },
    })
    room.given(commands.mute(as('owner'), 'bob', 1))
    room.nowMs += 1_000
    room.given(commands.wake)
    assert.deepEqual(last(room), {
      ...{ action: 'sanction.lifted', by: 'system', target: 'bob', reason: '' },
      details: { kind: 'mute', generation: 2, cause: 'expired', clock: 'actor' },
    })
  })

  test('is silent about what people do with their own seats', () => {
    const room = open().given(commands.join('ann', 1), commands.attach('ann', 1), commands.leave('ann'))
    assert.equal(room.audit.length, 1)
  })
})
