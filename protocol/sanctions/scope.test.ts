import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decoder } from '../codec.ts'
import { ActorKey } from '../ids.ts'
import { globalScope, scopeKey, scopeOfKey } from './scope.ts'

const decodeKey = decoder(ActorKey)

test('a guild with a plain id reads as itself in the key of its actor', () => {
  assert.equal(scopeKey({ scope: 'guild', scopeId: 'Knights_of-Ni.2' }), 'sanctions:guild:Knights_of-Ni.2')
  assert.equal(scopeKey(globalScope), 'sanctions:global:all')
})

test('every guild has a key of its own that the engine takes, and that leads back to it', () => {
  const ids = fc.string({ unit: 'binary', minLength: 1, maxLength: 36 }).filter((id) => id.length <= 36)
  fc.assert(
    fc.property(ids, (scopeId) => {
      const key = decodeKey(scopeKey({ scope: 'guild', scopeId }))
      assert.deepEqual(scopeOfKey(key), { scope: 'guild', scopeId })
    }),
  )
})
