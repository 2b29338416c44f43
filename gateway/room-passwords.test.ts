import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AppError } from '../protocol/errors.ts'
import type { RoomId } from '../protocol/ids.ts'
import { settle } from '../test/support/manual-time.ts'
import { argon2id, RoomPasswords, type PasswordHasher } from './room-passwords.ts'

const roomId = '0b0e7a4e-7f0c-4a52-9d39-6a5a3b9d0c11' as RoomId

const refusedWith = (code: string) => (error: unknown) => error instanceof AppError && error.code === code

/** Hashes that end when the test says so. */
function heldHasher() {
  const ends: (() => void)[] = []
  const hasher: PasswordHasher = {
    hash: (password) => new Promise((resolve) => ends.push(() => resolve(`hash of ${password}`))),
    verify: (hashed, password) => Promise.resolve(hashed === `hash of ${password}`),
  }
  return { ends, hasher }
}

const passwords = (hasher: PasswordHasher, stored: string | null | undefined | Error = null) => {
  const waited: number[] = []
  const made = new RoomPasswords({
    hasher,
    rooms: { passwordHash: () => (stored instanceof Error ? Promise.reject(stored) : Promise.resolve(stored)) },
    onWaiting: (count) => waited.push(count),
    runningMax: 2,
    waitingMax: 3,
  })
  return { made, waited }
}

describe('room passwords', () => {
  test('two are worked on at once, the next wait in order, and beyond the bound the caller is told to come again', async () => {
    const { ends, hasher } = heldHasher()
    const { made, waited } = passwords(hasher)
    const hashes = ['a', 'b', 'c', 'd', 'e'].map((password) => made.hash(password))
    await assert.rejects(made.hash('f'), refusedWith('RETRY_LATER'))
    await settle()
    assert.equal(ends.length, 2)
    for (let done = 0; done < 5; done += 1) {
      ends[done]?.()
      await settle()
    }
    assert.deepEqual(
      await Promise.all(hashes),
      ['a', 'b', 'c', 'd', 'e'].map((password) => `hash of ${password}`),
    )
    assert.deepEqual(waited, [1, 2, 3, 2, 1, 0])
  })

  test('a failed one gives its place to the next', async () => {
    const failing: PasswordHasher = {
      hash: () => Promise.reject(new Error('no memory')),
      verify: () => Promise.resolve(false),
    }
    const { made } = passwords(failing)
    const results = await Promise.allSettled(['a', 'b', 'c', 'd'].map((password) => made.hash(password)))
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'rejected', 'rejected', 'rejected'],
    )
  })

  test('the stored hash comes back for the right password only', async () => {
    const { made } = passwords(heldHasher().hasher, 'hash of sesame')
    assert.equal(await made.check(roomId, 'sesame'), 'hash of sesame')
    await assert.rejects(made.check(roomId, 'Sesame'), refusedWith('PASSWORD_WRONG'))
    assert.equal(await made.check(roomId, undefined), null)
  })

  test('a room without a password and a room that is not there look the same', async () => {
    assert.equal(await passwords(heldHasher().hasher, null).made.check(roomId, 'x'), null)
    assert.equal(await passwords(heldHasher().hasher, undefined).made.check(roomId, 'x'), null)
  })

  test('a record that cannot be read is a reason to come again', async () => {
    const { made } = passwords(heldHasher().hasher, new Error('connection lost'))
    await assert.rejects(made.check(roomId, 'x'), refusedWith('RETRY_LATER'))
  })

  test('argon2id with the cost we promise', async () => {
    const hashed = await argon2id.hash('sesame')
    assert.match(hashed, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    assert.deepEqual([await argon2id.verify(hashed, 'sesame'), await argon2id.verify(hashed, 'x')], [true, false])
  })
})
