import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { UserId } from '../../../protocol/ids.ts'
import { allows, permissions, type PermissionOverrides } from '../../../protocol/room/permissions.ts'
import type { ParticipantView, RoomView } from '../../../protocol/room/view.ts'
import { may, mayTo } from './rights.js'

const roles = ['owner', 'moderator', 'member'] as const
const person = (role: (typeof roles)[number], name: string = role) =>
  ({ user_id: name as UserId, role }) as ParticipantView
const roomWith = (overrides: PermissionOverrides) => ({ permissions: overrides }) as RoomView

test('the page offers exactly what the room allows to a role, whatever the room says otherwise', () => {
  const rooms: PermissionOverrides[] = [
    {},
    { member: { allow: ['mute', 'create_invite'], deny: ['speak'] } },
    { moderator: { allow: ['update_room'], deny: ['ban', 'update_room'] } },
  ]
  for (const overrides of rooms) {
    for (const role of roles) {
      for (const permission of permissions) {
        const offered = may(roomWith(overrides), person(role), permission)
        assert.equal(offered, allows(role, permission, overrides), `${role} ${permission}`)
      }
    }
  }
})

test('nobody is offered to act on themselves, or on their own rank and above', () => {
  const reached = roles.map((own) =>
    roles.filter((other) => mayTo(roomWith({}), person(own, 'ann'), 'mute', person(other, 'bob'))),
  )
  assert.deepEqual(reached, [['moderator', 'member'], ['member'], []])
  assert.equal(mayTo(roomWith({}), person('owner', 'ann'), 'mute', person('member', 'ann')), false)
  assert.equal(mayTo(roomWith({}), undefined, 'mute', person('member')), false)
})
