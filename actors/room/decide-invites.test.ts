import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { InviteId } from '../../protocol/ids.ts'
import type { RoomCommand } from '../../protocol/room/commands.ts'
import type { InviteList } from '../../protocol/room/invites.ts'
import type { Principal } from '../../protocol/room/values.ts'
import { invitesMax, openInvitesMax } from './invites.ts'
import { as, commands, definition, key, RoomKit, roomId, user } from './room.kit.ts'

const { create, join, leave, setRole, close, view } = commands
const owner = as('owner')
const rejected = (code: string) => ({ reject: code })

type Making = Extract<RoomCommand, { type: 'create_invite' }>
const inviteId = (number: number) => `1a000000-0000-4000-8000-${String(number).padStart(12, '0')}` as InviteId
const hash = (number: number) => String(number).padStart(64, '0')

const invite = (number: number, more: Partial<Making> = {}): RoomCommand => ({
  type: 'create_invite',
  by: owner,
  invite_id: inviteId(number),
  token_hash: hash(number),
  invitee_id: null,
  role: 'member',
  max_uses: 1,
  ttl_s: 3_600,
  message: 'come in',
  ...more,
})
const redeem = (type: 'accept_invite' | 'reject_invite' | 'view_invite', number: number, name: string, by = as(name)) =>
  ({ type, by, user_id: user(name), token_hash: hash(number) }) as RoomCommand
const accept = (number: number, name: string) => redeem('accept_invite', number, name)
const revoke = (number: number, by: Principal = owner): RoomCommand => ({
  type: 'revoke_invite',
  by,
  invite_id: inviteId(number),
})
const list = (by: Principal = owner): RoomCommand => ({ type: 'list_invites', by })

const secret = () => new RoomKit().given(create({ is_private: true, max_participants: 50 }))
const reply = (room: RoomKit, command: RoomCommand) => room.run(command).reply
const shown = (room: RoomKit, by?: Principal) => (reply(room, list(by)) as InviteList).invites

describe('an invite', () => {
  test('is the way into a private room, also without its password, and outlives leaving', () => {
    const room = new RoomKit().given(create({ is_private: true, password_hash: 'a hash', max_participants: 50 }))
    room.given(invite(1))
    assert.deepEqual(reply(room, join('ann', 1)), rejected('PASSWORD_REQUIRED'))
    assert.deepEqual(reply(room, accept(1, 'ann')), {
      invite_id: inviteId(1),
      room_id: roomId,
      user_id: 'ann',
      role: 'member',
    })
    room.given(join('ann', 1), leave('ann'), view(as('ann')), join('ann', 2))
  })

  test('is used once by a user, however often they accept', () => {
    const room = secret().given(invite(1, { max_uses: 2 }), accept(1, 'ann'))
    assert.deepEqual(room.run(accept(1, 'ann')).events, [])
    room.given(accept(1, 'bob'))
    assert.equal(shown(room)[0]?.uses, 2)
    assert.deepEqual(reply(room, accept(1, 'cyd')), rejected('INVITE_USED_UP'))
    room.given(accept(1, 'ann'))
  })

  test('does not give back what was taken away from somebody who had accepted it', () => {
    const room = secret().given(invite(1, { max_uses: 9 }), accept(1, 'ann'), setRole(owner, 'ann', null))
    room.given(accept(1, 'ann'))
    assert.deepEqual(reply(room, view(as('ann'))), rejected('ROOM_NOT_FOUND'))
  })

  test('ends by the clock, whoever is late to write that down', () => {
    const room = secret().given(invite(1, { ttl_s: 60 }))
    room.nowMs += 59_999
    room.given(redeem('view_invite', 1, 'ann'))
    room.nowMs += 1
    assert.deepEqual(reply(room, accept(1, 'ann')), rejected('INVITE_EXPIRED'))
    assert.equal(shown(room)[0]?.status, 'expired')
  })

  test('for one user is for nobody else, and over when they turn it down', () => {
    const room = secret().given(invite(1, { invitee_id: user('ann') }))
    assert.deepEqual(reply(room, accept(1, 'bob')), rejected('INVITE_NOT_FOR_YOU'))
    room.given(redeem('reject_invite', 1, 'ann'))
    assert.deepEqual(reply(room, accept(1, 'ann')), rejected('INVITE_REVOKED'))
  })

  test('for everybody goes on when one turns it down', () => {
    const room = secret().given(invite(1), redeem('reject_invite', 1, 'ann'), accept(1, 'bob'))
    assert.equal(shown(room)[0]?.status, 'used_up')
  })

  test('taken back lets nobody in, and taken back again changes nothing', () => {
    const room = secret().given(invite(1), revoke(1))
    assert.deepEqual(reply(room, accept(1, 'ann')), rejected('INVITE_REVOKED'))
    assert.deepEqual(room.run(revoke(1)).events, [])
  })

  test('of nobody knows is not found, and one cannot be accepted for somebody else', () => {
    const room = secret().given(invite(1))
    assert.deepEqual(reply(room, accept(7, 'ann')), rejected('INVITE_NOT_FOUND'))
    assert.deepEqual(reply(room, redeem('accept_invite', 1, 'ann', as('bob'))), rejected('ACTING_USER_MISMATCH'))
    room.given(redeem('accept_invite', 1, 'ann', as('game', 'service')))
  })

  test('never takes a higher role away, and leaves the owner what they are', () => {
    const room = secret().given(setRole(owner, 'ann', 'moderator'), invite(1, { max_uses: 5 }), accept(1, 'ann'))
    assert.equal((reply(room, accept(1, 'ann')) as { role: string }).role, 'moderator')
    assert.equal((reply(room, accept(1, 'owner')) as { role: string }).role, 'owner')
    assert.equal(shown(room)[0]?.uses, 1)
  })

  test('raises the role of a seat that is taken, and tells the others', () => {
    const room = new RoomKit().given(create({ max_participants: 9 }), join('ann', 1), invite(1, { role: 'moderator' }))
    const { published, writes } = room.run(accept(1, 'ann'))
    assert.deepEqual(published, [{ type: 'role.changed', user_id: 'ann', role: 'moderator' }])
    assert.deepEqual(writes, [
      { write: 'invite.used', inviteId: inviteId(1), atMs: room.nowMs },
      { write: 'participant.role', roomId, userId: 'ann', role: 'moderator', given: 'moderator' },
      {
        write: 'outbox',
        key: `invite:${inviteId(1)}`,
        message: { kind: 'invite.ended', inviteId: inviteId(1), generation: 1 },
        atMs: room.nowMs,
      },
    ])
  })

  test('lets nobody in who is banned, and is not used by them', () => {
    const room = secret().given(invite(1), commands.sanction(owner, 'ban', 'ann', 60))
    assert.equal((reply(room, accept(1, 'ann')) as { reject: string }).reject, 'BANNED')
    const fromGuild = { scope: 'guild', kind: 'ban', generation: 1, until_ms: null }
    const beyond = { ...accept(1, 'bob'), wider: [fromGuild] } as typeof commands.wake
    assert.deepEqual(reply(room, beyond), { reject: 'BANNED', data: { scope: 'guild', until: null } })
    assert.equal(shown(room)[0]?.uses, 0)
  })

  test('of a closed room leads nowhere', () => {
    const room = secret().given(invite(1), close(owner))
    assert.deepEqual(reply(room, accept(1, 'ann')), rejected('ROOM_CLOSED'))
  })

  test('outlives a snapshot, with who accepted it', () => {
    const room = secret().given(invite(1, { max_uses: 2 }), invite(2), revoke(2), accept(1, 'ann'))
    const before = shown(room)
    room.state = definition.fromSnapshot(key, JSON.parse(JSON.stringify(definition.toSnapshot(room.state))))
    assert.deepEqual(shown(room), before)
    assert.deepEqual(room.replayed().invites, room.state.invites)
    assert.deepEqual(room.run(accept(1, 'ann')).events, [])
  })
})

describe('making invites', () => {
  test('is for those whom the room lets, and shows itself to no outsider of a private room', () => {
    const room = secret().given(setRole(owner, 'ann', 'member'), setRole(owner, 'mod', 'moderator'))
    assert.deepEqual(reply(room, invite(1, { by: as('eve') })), rejected('ROOM_NOT_FOUND'))
    assert.deepEqual(reply(room, invite(1, { by: as('ann') })), rejected('FORBIDDEN'))
    room.given(invite(1, { by: as('mod') }))
  })

  test('of moderators is for those who could make one by hand', () => {
    const room = secret().given(setRole(owner, 'mod', 'moderator'))
    assert.deepEqual(reply(room, invite(1, { by: as('mod'), role: 'moderator' })), rejected('FORBIDDEN'))
    room.given(invite(1, { role: 'moderator' }), invite(2, { by: as('boss', 'admin'), role: 'moderator' }))
  })

  test('is bounded, and what is over makes room', () => {
    const room = secret()
    for (let number = 1; number <= openInvitesMax; number += 1) room.given(invite(number, { ttl_s: 60 }))
    assert.deepEqual(reply(room, invite(999)), rejected('TOO_MANY_INVITES'))
    room.nowMs += 60_000
    for (let number = 1_000; number < 1_000 + openInvitesMax; number += 1) room.given(invite(number, { ttl_s: 60 }))
    room.nowMs += 60_000
    room.given(invite(5_000))
    assert.equal(room.state.invites.size, invitesMax)
    assert.ok(!room.state.invites.has(inviteId(1)), 'the oldest is forgotten')
  })

  test('lists all to those who manage them, and to others their own', () => {
    const room = secret().given(setRole(owner, 'mod', 'moderator'), setRole(owner, 'ann', 'member'), invite(1))
    room.given(invite(2, { by: as('mod') }))
    assert.equal(shown(room, as('mod')).length, 2)
    assert.deepEqual(shown(room, as('ann')), [])
    room.given(setRole(owner, 'mod', 'member'))
    assert.deepEqual(
      shown(room, as('mod')).map(({ invite_id: id }) => id),
      [inviteId(2)],
    )
    room.given(revoke(2, as('mod')))
    assert.deepEqual(reply(room, revoke(1, as('mod'))), rejected('FORBIDDEN'))
  })
})

test('no order of accepting, turning down, taking back and waiting lets one more in than an invite is for', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('accept' as const), name: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ do: fc.constantFrom('reject' as const, 'wait' as const), name: fc.integer({ min: 1, max: 12 }) }),
  )
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 5 }), fc.array(step, { maxLength: 60 }), (uses, steps) => {
      const room = secret().given(invite(1, { max_uses: uses, ttl_s: 60 }))
      const admitted = new Set<string>()
      for (const { do: what, name } of steps) {
        if (what === 'wait') room.nowMs += 2_000
        const person = `p${name}`
        const { events } = room.run(redeem(what === 'reject' ? 'reject_invite' : 'accept_invite', 1, person))
        if (events.length > 0) {
          assert.ok(!admitted.has(person), 'nobody uses it twice')
          admitted.add(person)
        }
      }
      assert.ok(admitted.size <= uses)
      assert.equal(shown(room)[0]?.uses, admitted.size)
    }),
    { numRuns: 300 },
  )
})
