import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { peppered } from './pepper.ts'
import { argon2id, type PasswordHasher } from './room-passwords.ts'

const [first, second] = ['a pepper of the first year, long enough', 'a pepper of the second year, long enough']
/** Shows what it was given. */
const plain: PasswordHasher = {
  hash: (password) => Promise.resolve(`hash of ${password}`),
  verify: (hashed, password) => Promise.resolve(hashed === `hash of ${password}`),
}

describe('a pepper', () => {
  test('makes hashes that fit no password without it, and are no longer than the record keeps', async () => {
    const stored = await peppered(argon2id, [first]).hash('sesame')
    assert.ok(stored.length <= 200)
    assert.equal(await peppered(argon2id, [first]).verify(stored, 'sesame'), true)
    assert.equal(await peppered(argon2id, [first]).verify(stored, 'Sesame'), false)
    const bare = stored.slice(stored.indexOf('$'))
    assert.equal(await argon2id.verify(bare, 'sesame'), false, 'the database alone is of no use')
  })

  test('is replaced: new hashes are made under the first, old ones are still good, until their pepper is gone', async () => {
    const before = await peppered(plain, [first]).hash('sesame')
    const rotating = peppered(plain, [second, first])
    const after = await rotating.hash('sesame')
    assert.deepEqual([await rotating.verify(before, 'sesame'), await rotating.verify(after, 'sesame')], [true, true])
    const rotated = peppered(plain, [second])
    assert.deepEqual([await rotated.verify(before, 'sesame'), await rotated.verify(after, 'sesame')], [false, true])
  })

  test('does not lock anybody out whose password was set before there was one', async () => {
    const old = await peppered(plain, []).hash('sesame')
    assert.equal(old, 'hash of sesame')
    assert.equal(await peppered(plain, [first]).verify(old, 'sesame'), true)
  })
})
