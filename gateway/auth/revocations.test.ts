import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { MemoryRevokedTokens } from '../../persistence/index.ts'
import type { NewRevocation, RevokedTokens } from '../../persistence/revoked-tokens/port.ts'
import type { UserId } from '../../protocol/ids.ts'
import { ManualTime, settle } from '../../test/support/manual-time.ts'
import { NotingLogger } from '../../test/support/noting-logger.ts'
import { Revocations } from './revocations.ts'

const ann = 'ann' as UserId
let time: ManualTime
let store: MemoryRevokedTokens
let logger: NotingLogger
beforeEach(() => {
  time = new ManualTime()
  store = new MemoryRevokedTokens()
  logger = new NotingLogger()
})

const open = (revoked: RevokedTokens = store, maxKept?: number) =>
  new Revocations({ revoked, clock: time, timers: time, logger }, maxKept)

const of = (more: Partial<NewRevocation>): NewRevocation => ({
  ...{ kind: 'token', value: 't1', issuedBeforeMs: time.wallMs(), untilMs: time.wallMs() + 60_000 },
  ...{ by: ann, atMs: time.wallMs() },
  ...more,
})
const caller = (more: { jti?: string | null; userId?: UserId; issuedAtMs?: number | null }) => ({
  ...{ jti: null, userId: ann, issuedAtMs: time.wallMs() },
  ...more,
})

describe('a gateway', () => {
  test('knows at its start what is on record', async () => {
    await store.revoke(of({}))
    const revocations = open()
    await revocations.start(() => undefined)
    assert.equal(revocations.isRevoked(caller({ jti: 't1' })), true)
    assert.equal(revocations.isRevoked(caller({ jti: 't2' })), false)
    revocations.stop()
  })

  test('does not start without the record', async () => {
    const away: RevokedTokens = {
      revoke: (revocation) => store.revoke(revocation),
      above: () => Promise.reject(new Error('down')),
    }
    await assert.rejects(open(away).start(() => undefined))
  })

  test('hears within a second what another one revoked, and tells who wants to know', async () => {
    const revocations = open()
    let news = 0
    await revocations.start(() => (news += 1))
    await store.revoke(of({}))
    await time.advance(999)
    assert.deepEqual([revocations.isRevoked(caller({ jti: 't1' })), news], [false, 0])
    await time.advance(1)
    await settle()
    assert.deepEqual([revocations.isRevoked(caller({ jti: 't1' })), news], [true, 1])
    revocations.stop()
  })

  test('goes by what it knows while the record cannot be read, and says so once', async () => {
    let isDown = false
    const revoked: RevokedTokens = {
      revoke: (revocation) => store.revoke(revocation),
      above: (...asked) => (isDown ? Promise.reject(new Error('down')) : store.above(...asked)),
    }
    const revocations = open(revoked)
    await store.revoke(of({}))
    await revocations.start(() => undefined)
    isDown = true
    for (let second = 0; second < 3; second += 1) {
      await time.advance(1_000)
      await settle()
    }
    await store.revoke(of({ value: 't2' }))
    isDown = false
    await time.advance(1_000)
    await settle()
    assert.ok(revocations.isRevoked(caller({ jti: 't1' })) && revocations.isRevoked(caller({ jti: 't2' })))
    assert.deepEqual(
      logger.lines.map(({ event }) => event),
      ['tokens.revocations_not_read', 'tokens.revocations_read_again'],
    )
    revocations.stop()
  })
})

describe('a gateway that stops', () => {
  test('looks no more, also when a look was under way', async () => {
    let answer: (none: readonly []) => void = () => undefined
    let looks = 0
    const slow: RevokedTokens = {
      revoke: (revocation) => store.revoke(revocation),
      above: () => {
        looks += 1
        return looks === 1 ? Promise.resolve([]) : new Promise((resolve) => (answer = resolve))
      },
    }
    const revocations = open(slow)
    await revocations.start(() => undefined)
    await time.advance(1_000)
    revocations.stop()
    answer([])
    await settle()
    await time.advance(5_000)
    assert.equal(looks, 2)
  })
})

describe('a user whose tokens were revoked', () => {
  test('is let in again by a newer one, and not by one that does not say when it was issued', () => {
    const revocations = open()
    revocations.note(of({ kind: 'user', value: 'ann' }))
    const nowMs = time.wallMs()
    assert.equal(revocations.isRevoked(caller({ issuedAtMs: nowMs - 1 })), true)
    assert.equal(revocations.isRevoked(caller({ issuedAtMs: nowMs })), false)
    assert.equal(revocations.isRevoked(caller({ issuedAtMs: null })), true)
    assert.equal(revocations.isRevoked(caller({ userId: 'bob' as UserId, issuedAtMs: 0 })), false)
  })

  test('is not named by the id of a token', () => {
    const revocations = open()
    revocations.note(of({ value: 'ann' }))
    assert.equal(revocations.isRevoked(caller({ issuedAtMs: 0 })), false)
  })

  test('stays so where an older revocation is heard later', () => {
    const revocations = open()
    revocations.note(of({ kind: 'user', value: 'ann', issuedBeforeMs: 2_000 }))
    revocations.note(of({ kind: 'user', value: 'ann', issuedBeforeMs: 1_000 }))
    assert.equal(revocations.isRevoked(caller({ issuedAtMs: 1_500 })), true)
  })
})

describe('what is kept', () => {
  test('is forgotten when its time is over', async () => {
    const revocations = open()
    revocations.note(of({}))
    await time.advance(60_000)
    assert.equal(revocations.isRevoked(caller({ jti: 't1' })), false)
  })

  test('loses what is over before it loses the oldest, and the log says so', async () => {
    const revocations = open(store, 2)
    revocations.note(of({ value: 'short', untilMs: time.wallMs() + 1_000 }))
    revocations.note(of({ value: 'a' }))
    await time.advance(1_000)
    revocations.note(of({ value: 'b' }))
    assert.deepEqual([revocations.isRevoked(caller({ jti: 'a' })), logger.lines.length], [true, 0])
    revocations.note(of({ value: 'c' }))
    const held = ['a', 'b', 'c'].map((jti) => revocations.isRevoked(caller({ jti })))
    assert.deepEqual([held, logger.lines[0]?.event], [[false, true, true], 'tokens.revocation_forgotten'])
  })
})
