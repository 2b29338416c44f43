import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { AppError } from '../protocol/errors.ts'
import type { RoomId, UserId } from '../protocol/ids.ts'
import { testLimits } from '../test/support/limits.ts'
import { settle } from '../test/support/manual-time.ts'
import { argon2id, RoomPasswords, type PasswordHasher } from './room-passwords.ts'

const roomId = '0b0e7a4e-7f0c-4a52-9d39-6a5a3b9d0c11' as RoomId

const ann = { user: 'ann' as UserId, address: '198.51.100.1' }

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

const passwords = (hasher: PasswordHasher, stored: string | null | undefined | Error = null, limits = testLimits()) => {
  const waited: number[] = []
  const made = new RoomPasswords({
    hasher,
    rooms: { passwordHash: () => (stored instanceof Error ? Promise.reject(stored) : Promise.resolve(stored)) },
    limits,
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
    assert.equal(await made.check(roomId, 'sesame', ann), 'hash of sesame')
    await assert.rejects(made.check(roomId, 'Sesame', ann), refusedWith('PASSWORD_WRONG'))
    assert.equal(await made.check(roomId, undefined, ann), null)
  })

  test('a room without a password and a room that is not there look the same', async () => {
    assert.equal(await passwords(heldHasher().hasher, null).made.check(roomId, 'x', ann), null)
    assert.equal(await passwords(heldHasher().hasher, undefined).made.check(roomId, 'x', ann), null)
  })

  test('a record that cannot be read is a reason to come again', async () => {
    const { made } = passwords(heldHasher().hasher, new Error('connection lost'))
    await assert.rejects(made.check(roomId, 'x', ann), refusedWith('RETRY_LATER'))
  })

  describe('guesses', () => {
    const guess = async (made: RoomPasswords, by: typeof ann, room = roomId) => {
      const code = await made.check(room, 'x', by).then(
        () => 'let in',
        (error: unknown) => (error instanceof AppError ? error.code : String(error)),
      )
      return code
    }
    const bob = { user: 'bob' as UserId, address: '203.0.113.5' }

    test('of one user are limited in each room, from wherever they come, and the right one among them', async () => {
      const { made } = passwords(heldHasher().hasher, 'hash of sesame', testLimits({ passwordRpm: 2 }))
      assert.equal(await guess(made, ann), 'PASSWORD_WRONG')
      assert.equal(await guess(made, { ...ann, address: bob.address }), 'PASSWORD_WRONG')
      assert.equal(await guess(made, ann), 'RATE_LIMITED')
      await assert.rejects(made.check(roomId, 'sesame', ann), refusedWith('RATE_LIMITED'))
      assert.equal(await guess(made, ann, 'ffffffff-7f0c-4a52-9d39-6a5a3b9d0c11' as RoomId), 'PASSWORD_WRONG')
      assert.equal(await guess(made, bob), 'PASSWORD_WRONG')
    })

    test('of one address are limited in each room, under whatever name', async () => {
      const { made } = passwords(heldHasher().hasher, 'hash of sesame', testLimits({ passwordRpm: 2 }))
      for (let index = 0; index < 24; index += 1) {
        assert.equal(await guess(made, { ...ann, user: `user-${index}` as UserId }), 'PASSWORD_WRONG')
      }
      assert.equal(await guess(made, { ...ann, user: 'user-x' as UserId }), 'RATE_LIMITED')
      assert.equal(await guess(made, { ...bob, user: 'user-x' as UserId }), 'PASSWORD_WRONG')
    })

    test('cost nothing where there is no password', async () => {
      const { made } = passwords(heldHasher().hasher, null, testLimits({ passwordRpm: 1 }))
      for (let index = 0; index < 5; index += 1) assert.equal(await guess(made, ann), 'let in')
    })
  })

  test('argon2id with the cost we promise', async () => {
    const hashed = await argon2id.hash('sesame')
    assert.match(hashed, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
    assert.deepEqual([await argon2id.verify(hashed, 'sesame'), await argon2id.verify(hashed, 'x')], [true, false])
  })
})
