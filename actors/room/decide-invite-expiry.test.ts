import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { InviteId } from '../../protocol/ids.ts'
import type { RoomCommand } from '../../protocol/room/commands.ts'
import { as, commands, definition, key, RoomKit, user } from './room.kit.ts'

const { create, close, wake } = commands
const owner = as('owner')
const idOf = (number: number) => `1a000000-0000-4000-8000-${String(number).padStart(12, '0')}` as InviteId
const hashOf = (number: number) => number.toString(16).padStart(64, '0')

const invite = (number: number, maxUses = 1, ttlS = 60): RoomCommand => ({
  type: 'create_invite',
  by: owner,
  invite_id: idOf(number),
  token_hash: hashOf(number),
  invitee_id: null,
  role: 'member',
  max_uses: maxUses,
  ttl_s: ttlS,
  message: '',
})
const accept = (number: number, name: string): RoomCommand => ({
  type: 'accept_invite',
  by: as(name),
  user_id: user(name),
  token_hash: hashOf(number),
})
const expire = (number: number, clock: 'sweep' | 'workflow' = 'workflow'): RoomCommand => ({
  type: 'expire_invite',
  invite_id: idOf(number),
  clock,
})
const kinds = (room: RoomKit, command: RoomCommand) =>
  room
    .run(command)
    .writes.flatMap((write) =>
      write.write === 'outbox' ? [write.message.kind] : write.write === 'invite.ended' ? [write.status] : [],
    )

describe('the time of an invite', () => {
  test('is told to its workflow when it is made', () => {
    const room = new RoomKit().given(create())
    const { writes } = room.run(invite(1))
    assert.deepEqual(writes.at(-1), {
      write: 'outbox',
      key: `invite:${idOf(1)}`,
      message: {
        ...{ kind: 'invite.set', inviteId: idOf(1), roomId: room.state.roomId, generation: 1 },
        atMs: room.nowMs + 60_000,
      },
      atMs: room.nowMs,
    })
  })

  test('is kept by whichever clock comes first; the others find nothing left to end', () => {
    const room = new RoomKit().given(create(), invite(1))
    assert.deepEqual(room.run(expire(1)).reply, { expired: false, not_before_ms: room.nowMs + 60_000 })
    room.nowMs += 60_000
    const { events, reply, published } = room.run(expire(1, 'sweep'))
    assert.deepEqual(events, [{ type: 'invite.expired', v: 1, invite_id: idOf(1), clock: 'sweep' }])
    assert.deepEqual([reply, published], [{ expired: true, not_before_ms: null }, []])
    for (const late of [expire(1), wake, expire(1, 'sweep')]) assert.deepEqual(room.run(late).events, [])
  })

  test('is seen by the alarm of a room in memory, and the workflow is told', () => {
    const room = new RoomKit().given(create(), invite(1), invite(2, 1, 90))
    assert.equal(definition.nextWakeAtMs(room.state), room.nowMs + 60_000)
    room.nowMs += 60_000
    assert.deepEqual(kinds(room, wake), ['expired', 'invite.ended'])
    assert.equal(definition.nextWakeAtMs(room.state), room.nowMs + 30_000)
  })

  test('ends no one that was used up, turned down or taken back; one with uses left it does', () => {
    const room = new RoomKit().given(create(), invite(1), invite(2, 2), accept(1, 'ann'), accept(2, 'ann'))
    room.nowMs += 60_000
    assert.deepEqual(room.run(expire(1)).reply, { expired: false, not_before_ms: null })
    assert.deepEqual(kinds(room, expire(2)), ['expired'], 'its workflow ends by itself')
  })

  test('leaves who accepted it before what they were given', () => {
    const room = new RoomKit().given(create(), invite(1, 2), accept(1, 'ann'))
    room.nowMs += 60_000
    room.given(wake)
    assert.equal(room.state.roles.get(user('ann')), 'member')
    assert.deepEqual(room.run(accept(1, 'bob')).reply, { reject: 'INVITE_EXPIRED' })
    room.given(accept(1, 'ann'))
  })

  test('of one that the room has forgotten is written down all the same', () => {
    const room = new RoomKit().given(create())
    assert.deepEqual(kinds(room, expire(7, 'sweep')), ['expired'])
  })

  test('is over with the room, and no clock waits', () => {
    const room = new RoomKit().given(create(), invite(1), invite(2), accept(2, 'ann'))
    assert.deepEqual(kinds(room, close(owner)), ['revoked', 'invite.ended'])
  })

  test('outlives a snapshot', () => {
    const room = new RoomKit().given(create(), invite(1))
    room.nowMs += 60_000
    room.given(wake)
    const kept = definition.fromSnapshot(key, JSON.parse(JSON.stringify(definition.toSnapshot(room.state))))
    assert.equal(kept.invites.get(idOf(1))?.ended, 'expired')
    assert.deepEqual(room.replayed().invites, kept.invites)
  })
})
