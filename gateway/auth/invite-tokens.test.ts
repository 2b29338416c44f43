import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decoder } from '../../protocol/codec.ts'
import { commandId, InviteId } from '../../protocol/ids.ts'
import { InviteToken, TokenHash } from '../../protocol/room/invites.ts'
import { createInviteTokens, hashOfToken } from './invite-tokens.ts'

const tokens = createInviteTokens('a-secret')

test('a command has one invite, with 256 bits for a token, under whatever gateway of the secret', () => {
  const made = tokens.of(commandId('rest:1', 1))
  assert.deepEqual(createInviteTokens('a-secret').of(commandId('rest:1', 1)), made)
  assert.equal(Buffer.from(made.token, 'base64url').length, 32)
  decoder(InviteToken)(made.token)
  decoder(TokenHash)(made.tokenHash)
  decoder(InviteId)(made.inviteId)
  assert.equal(hashOfToken(made.token), made.tokenHash)
})

test('another command, or another secret, has another', () => {
  const made = tokens.of(commandId('rest:1', 1))
  assert.notEqual(tokens.of(commandId('rest:1', 2)).token, made.token)
  assert.notEqual(createInviteTokens('another').of(commandId('rest:1', 1)).token, made.token)
})
