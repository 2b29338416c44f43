import assert from 'node:assert/strict'
import { test } from 'node:test'
import { inviteLink, readLink } from './links.js'

const roomId = '7b0c7a4e-7f0c-4a52-9d39-6a5a3b9d0c11'
const invite = 'q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA'
const page = { origin: 'https://voice.example', pathname: '/' }

test('a link carries room and invite where no server sees them', () => {
  const link = inviteLink(page, roomId, invite)
  assert.equal(new URL(link).pathname + new URL(link).search, '/')
  assert.deepEqual(readLink(link), { roomId, invite })
  assert.deepEqual(readLink(inviteLink(page, roomId)), { roomId, invite: '' })
})

test('a part of a link, a bare invite and a bare room id are understood, and nonsense is nothing', () => {
  assert.deepEqual(readLink(`#${roomId}/${invite}`), { roomId, invite })
  assert.deepEqual(readLink(`  ${invite}\n`), { roomId: '', invite })
  assert.deepEqual(readLink(roomId.toUpperCase()), { roomId, invite: '' })
  for (const text of ['', '%', 'https://voice.example/', 'x'.repeat(44)]) {
    assert.deepEqual(readLink(text), { roomId: '', invite: '' })
  }
})
