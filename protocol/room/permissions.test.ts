import assert from 'node:assert/strict'
import { test } from 'node:test'
import { allows } from './permissions.ts'

test('a role may what its default says, where the room says nothing', () => {
  assert.ok(allows('moderator', 'kick', {}))
  assert.ok(!allows('member', 'kick', {}))
  assert.ok(!allows('moderator', 'close_room', {}))
})

test('a room allows and denies otherwise, and a denial wins', () => {
  assert.ok(allows('member', 'create_invite', { member: { allow: ['create_invite'] } }))
  assert.ok(!allows('member', 'create_invite', { member: { allow: ['create_invite'], deny: ['create_invite'] } }))
  assert.ok(!allows('moderator', 'ban', { moderator: { deny: ['ban'] } }))
})

test('an owner cannot be denied anything', () => assert.ok(allows('owner', 'manage_roles', {})))
