import assert from 'node:assert/strict'
import { test } from 'node:test'
import { everyRoom, isMeant, withoutRoom } from './target.js'

test('a microphone is for every room, for one, for some people in it, or for nobody', () => {
  const heard = (target: Parameters<typeof isMeant>[0]) =>
    ['party bob', 'party cid', 'guild bob'].filter((pair) => isMeant(target, pair.split(' ')[0]!, pair.split(' ')[1]!))
  assert.deepEqual(heard(everyRoom), ['party bob', 'party cid', 'guild bob'])
  assert.deepEqual(heard({ to: 'room', roomId: 'party' }), ['party bob', 'party cid'])
  assert.deepEqual(heard({ to: 'whisper', roomId: 'party', users: ['bob'] }), ['party bob'])
  assert.deepEqual(heard({ to: 'none' }), [])
})

test('a room into which one only speaks is meant with the one it is linked to, or by its own name', () => {
  const isHeard = (target: Parameters<typeof isMeant>[0]) => isMeant(target, 'group', 'bob', 'raid')
  assert.deepEqual(
    [everyRoom, { to: 'room', roomId: 'raid' }, { to: 'linked', roomId: 'raid' }, { to: 'room', roomId: 'group' }].map(
      (target) => isHeard(target as Parameters<typeof isMeant>[0]),
    ),
    [false, false, true, true],
  )
  assert.equal(isMeant({ to: 'linked', roomId: 'raid' }, 'raid', 'bob'), true)
  assert.equal(isMeant({ to: 'linked', roomId: 'raid' }, 'guild', 'bob'), false)
})

test('leaving the room that was named leaves nobody, and leaving the last one begins anew', () => {
  const party = { to: 'room', roomId: 'party' } as const
  assert.deepEqual(withoutRoom(party, 'party', 1), { to: 'none' })
  assert.deepEqual(withoutRoom(party, 'guild', 1), party)
  assert.deepEqual(withoutRoom(everyRoom, 'party', 1), everyRoom)
  assert.deepEqual(withoutRoom(party, 'party', 0), everyRoom)
})
