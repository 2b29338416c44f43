import assert from 'node:assert/strict'
import { createHmac, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import { after, before, beforeEach, describe, test } from 'node:test'
import { AppError } from '../../protocol/errors.ts'
import { ManualTime } from '../../test/support/manual-time.ts'
import { silentLogger } from '../../test/support/silent-logger.ts'
import { createAuthenticator, JwksKeys, publicKey, secretKey, signToken } from './index.ts'

const secret = 'a-secret-of-more-than-32-characters-0123'
const time = new ManualTime(Date.now())
const nowS = Math.floor(time.wallMs() / 1_000)

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const good = { sub: 'ann', name: 'Ann', exp: nowS + 600 }

/** A token made by hand, header and all. */
function handmade(header: object, claims: object, makeSignature: (signed: string) => string): string {
  const signed = `${encode(header)}.${encode(claims)}`
  return `${signed}.${makeSignature(signed)}`
}
const hs = (key: string | Buffer) => (signed: string) => createHmac('sha256', key).update(signed).digest('base64url')
const rs = (key: KeyObject) => (signed: string) => sign('sha256', Buffer.from(signed), key).toString('base64url')
const es = (key: KeyObject) => (signed: string) =>
  sign('sha256', Buffer.from(signed), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')

const hsToken = (claims: object, header: object = {}) =>
  handmade({ alg: 'HS256', typ: 'JWT', ...header }, claims, hs(secret))

const refusedWith = (code: string) => (error: unknown) => {
  assert.ok(error instanceof AppError, String(error))
  assert.equal(error.code, code)
  return true
}

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const rsaPem = rsa.publicKey.export({ type: 'spki', format: 'pem' }).toString()
const ecPem = ec.publicKey.export({ type: 'spki', format: 'pem' }).toString()

describe('a deployment with a shared secret', () => {
  const auth = createAuthenticator({ keys: secretKey(secret), algorithm: 'HS256' }, time)

  test('takes a token and tells who calls', async () => {
    const guilds = [{ id: 'g1', role: 'leader' }]
    const caller = await auth.verify(hsToken({ ...good, roles: ['admin'], guilds, jti: 't1' }))
    assert.deepEqual(caller, {
      userId: 'ann',
      name: 'Ann',
      privileges: ['admin'],
      guilds: [{ id: 'g1', role: 'member' }],
      expiresAtMs: (nowS + 600) * 1_000,
      issuedAtMs: null,
      jti: 't1',
    })
  })

  test('a token without a name is called by its user id', async () => {
    const { name, privileges } = await auth.verify(hsToken({ sub: 'ann', exp: nowS + 60 }))
    assert.deepEqual({ name, privileges }, { name: 'ann', privileges: [] })
  })

  test('takes what signToken makes', async () => {
    const token = signToken({ userId: 'svc', roles: ['service'], ttlS: 60 }, { key: secret })
    const caller = await auth.verify(token)
    assert.deepEqual([caller.userId, caller.privileges], ['svc', ['service']])
    assert.ok(caller.jti)
  })

  test('clocks may differ by a few seconds and no more', async () => {
    assert.ok(await auth.verify(hsToken({ ...good, exp: nowS - 4 })))
    assert.ok(await auth.verify(hsToken({ ...good, nbf: nowS + 4 })))
    await assert.rejects(auth.verify(hsToken({ ...good, exp: nowS - 6 })), refusedWith('TOKEN_EXPIRED'))
  })

  const rsaPublicAsSecret = hs(rsaPem)
  const refused: readonly (readonly [string, string | undefined, string])[] = [
    ['no token', undefined, 'TOKEN_MISSING'],
    ['an empty token', '', 'TOKEN_MISSING'],
    ['an expired one', hsToken({ ...good, exp: nowS - 60 }), 'TOKEN_EXPIRED'],
    ['one that is not valid yet', hsToken({ ...good, nbf: nowS + 60 }), 'TOKEN_INVALID'],
    ['one without exp', hsToken({ sub: 'ann' }), 'TOKEN_INVALID'],
    ['one whose exp is text', hsToken({ ...good, exp: 'tomorrow' }), 'TOKEN_INVALID'],
    ['alg none', handmade({ alg: 'none' }, good, () => ''), 'TOKEN_INVALID'],
    ['alg None', handmade({ alg: 'None' }, good, () => ''), 'TOKEN_INVALID'],
    ['a foreign key', handmade({ alg: 'HS256' }, good, hs('another-secret-another-secret-xx')), 'TOKEN_INVALID'],
    [
      'an expired one of a foreign key',
      handmade({ alg: 'HS256' }, { ...good, exp: nowS - 60 }, hs('another-secret-another-secret-xx')),
      'TOKEN_INVALID',
    ],
    ['another HMAC', hsToken(good, { alg: 'HS512' }), 'TOKEN_INVALID'],
    ['another kind of key', handmade({ alg: 'RS256' }, good, rs(rsa.privateKey)), 'TOKEN_INVALID'],
    ['crit', hsToken(good, { crit: ['exp'] }), 'TOKEN_INVALID'],
    ['an embedded key', hsToken(good, { jwk: { kty: 'oct', k: 'AAAA' } }), 'TOKEN_INVALID'],
    ['a key address', hsToken(good, { jku: 'https://evil.example/keys' }), 'TOKEN_INVALID'],
    ['a certificate', hsToken(good, { x5c: ['AAAA'] }), 'TOKEN_INVALID'],
    ['a kid that is no string', hsToken(good, { kid: { $ne: 1 } }), 'TOKEN_INVALID'],
    ['a changed payload', hsToken(good).replace(/\.[^.]+\./, `.${encode({ ...good, sub: 'bob' })}.`), 'TOKEN_INVALID'],
    ['no signature', hsToken(good).replace(/[^.]+$/, ''), 'TOKEN_INVALID'],
    ['two parts', hsToken(good).split('.').slice(0, 2).join('.'), 'TOKEN_INVALID'],
    ['a header that is no JSON', `abc.${encode(good)}.abc`, 'TOKEN_INVALID'],
    ['a header that is no object', `${encode(null)}.${encode(good)}.abc`, 'TOKEN_INVALID'],
    ['plain text', 'let me in', 'TOKEN_INVALID'],
    ['a user id of a bad shape', hsToken({ ...good, sub: 'a b' }), 'TOKEN_INVALID'],
    ['no user id', hsToken({ exp: nowS + 60 }), 'TOKEN_INVALID'],
    ['a role we do not know', hsToken({ ...good, roles: ['root'] }), 'TOKEN_INVALID'],
    ['roles that are no list', hsToken({ ...good, roles: 'admin' }), 'TOKEN_INVALID'],
    ['a name over its length', hsToken({ ...good, name: 'n'.repeat(51) }), 'TOKEN_INVALID'],
    ['more than 8 KiB', hsToken({ ...good, junk: 'x'.repeat(8_192) }), 'TOKEN_INVALID'],
    ['our public key as their secret', handmade({ alg: 'HS256' }, good, rsaPublicAsSecret), 'TOKEN_INVALID'],
  ]
  for (const [name, token, code] of refused) {
    test(`refuses ${name} with ${code}`, () => assert.rejects(auth.verify(token), refusedWith(code)))
  }

  test('more than 30 s of skew is not to be had', () => {
    assert.throws(
      () => createAuthenticator({ keys: secretKey(secret), algorithm: 'HS256', skewS: 31 }, time),
      RangeError,
    )
  })
})

describe('issuer and audience, where the deployment sets them', () => {
  const rules = { keys: secretKey(secret), algorithm: 'HS256', issuer: 'game', audience: 'voice' } as const
  const auth = createAuthenticator(rules, time)

  test('have to be in the token', async () => {
    assert.ok(await auth.verify(hsToken({ ...good, iss: 'game', aud: 'voice' })))
    assert.ok(await auth.verify(hsToken({ ...good, iss: 'game', aud: ['shop', 'voice'] })))
    for (const claims of [
      {},
      { iss: 'game' },
      { aud: 'voice' },
      { iss: 'other', aud: 'voice' },
      { iss: 'game', aud: 'x' },
    ]) {
      await assert.rejects(auth.verify(hsToken({ ...good, ...claims })), refusedWith('TOKEN_INVALID'))
    }
  })
})

describe('a deployment with a public key', () => {
  test('takes RS256, and not an HS256 token made with the public key', async () => {
    const auth = createAuthenticator({ keys: publicKey(rsaPem, 'RS256'), algorithm: 'RS256' }, time)
    assert.equal((await auth.verify(handmade({ alg: 'RS256' }, good, rs(rsa.privateKey)))).userId, 'ann')
    const confused = [
      handmade({ alg: 'HS256' }, good, hs(rsaPem)),
      handmade({ alg: 'RS256' }, good, hs(rsaPem)),
      handmade({ alg: 'HS256' }, good, hs(rsa.publicKey.export({ type: 'spki', format: 'der' }))),
      handmade({ alg: 'none' }, good, () => ''),
    ]
    for (const token of confused) await assert.rejects(auth.verify(token), refusedWith('TOKEN_INVALID'))
  })

  test('takes ES256, and not the key of another', async () => {
    const auth = createAuthenticator({ keys: publicKey(ecPem, 'ES256'), algorithm: 'ES256' }, time)
    assert.equal((await auth.verify(handmade({ alg: 'ES256' }, good, es(ec.privateKey)))).userId, 'ann')
    const foreign = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const token = handmade({ alg: 'ES256' }, good, es(foreign.privateKey))
    await assert.rejects(auth.verify(token), refusedWith('TOKEN_INVALID'))
  })

  test('a key that does not fit the algorithm stops the start', () => {
    assert.throws(() => publicKey(rsaPem, 'ES256'))
    assert.throws(() => publicKey(ecPem, 'RS256'))
    assert.throws(() => publicKey('no key', 'RS256'))
  })
})

describe('a deployment with a key set address', () => {
  let server: Server
  let url: string
  let published: { keys: object[] } | null
  let fetches: number
  let clock: ManualTime

  const next = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const jwk = (key: KeyObject, kid: string) => ({ ...key.export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' })
  const token = (key: KeyObject, kid: string | undefined) =>
    handmade({ alg: 'ES256', ...(kid === undefined ? {} : { kid }) }, good, es(key))
  const authenticator = () => {
    const keys = new JwksKeys({ url, algorithm: 'ES256' }, clock, silentLogger, { fraction: () => 1 })
    return createAuthenticator({ keys, algorithm: 'ES256' }, clock)
  }

  before(async () => {
    server = createServer((_req, res) => {
      fetches += 1
      res.statusCode = published ? 200 : 503
      res.end(JSON.stringify(published ?? {}))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const address = server.address()
    assert.ok(address && typeof address === 'object')
    url = `http://127.0.0.1:${address.port}/keys`
  })
  after(() => void server.close())
  beforeEach(() => {
    published = { keys: [jwk(ec.publicKey, 'old')] }
    fetches = 0
    clock = new ManualTime(time.wallMs())
  })

  test('fetches once for many tokens', async () => {
    const auth = authenticator()
    await Promise.all(Array.from({ length: 20 }, () => auth.verify(token(ec.privateKey, 'old'))))
    await auth.verify(token(ec.privateKey, undefined))
    assert.equal(fetches, 1)
  })

  test('follows a rotation at once, and both keys are good while both are published', async () => {
    const auth = authenticator()
    await auth.verify(token(ec.privateKey, 'old'))
    published = { keys: [jwk(ec.publicKey, 'old'), jwk(next.publicKey, 'new')] }
    await clock.advance(31_000)
    assert.ok(await auth.verify(token(next.privateKey, 'new')))
    assert.ok(await auth.verify(token(ec.privateKey, 'old')))
    assert.equal(fetches, 2)
    // With two keys in the set a token has to name one.
    await assert.rejects(auth.verify(token(ec.privateKey, undefined)), refusedWith('TOKEN_INVALID'))
  })

  test('a key that is taken out is refused once the set has aged', async () => {
    const auth = authenticator()
    await auth.verify(token(ec.privateKey, 'old'))
    published = { keys: [jwk(next.publicKey, 'new')] }
    await clock.advance(601_000)
    const expired = handmade({ alg: 'ES256', kid: 'old' }, { ...good, exp: nowS + 6_000 }, es(ec.privateKey))
    await assert.rejects(auth.verify(expired), refusedWith('TOKEN_INVALID'))
  })

  test('unknown key ids fetch at most once within the cool-down', async () => {
    const auth = authenticator()
    await auth.verify(token(ec.privateKey, 'old'))
    for (let count = 0; count < 10; count += 1) {
      await assert.rejects(auth.verify(token(next.privateKey, `kid-${count}`)), refusedWith('TOKEN_INVALID'))
    }
    assert.equal(fetches, 1)
    await clock.advance(31_000)
    await assert.rejects(auth.verify(token(next.privateKey, 'kid-x')), refusedWith('TOKEN_INVALID'))
    await assert.rejects(auth.verify(token(next.privateKey, 'kid-y')), refusedWith('TOKEN_INVALID'))
    assert.equal(fetches, 2)
  })

  test('an issuer that is away does not log out who was known, and says try again to the others', async () => {
    published = null
    await assert.rejects(authenticator().verify(token(ec.privateKey, 'old')), refusedWith('RETRY_LATER'))
    published = { keys: [jwk(ec.publicKey, 'old')] }
    const auth = authenticator()
    await auth.verify(token(ec.privateKey, 'old'))
    published = null
    await clock.advance(601_000)
    const later = handmade({ alg: 'ES256', kid: 'old' }, { ...good, exp: nowS + 6_000 }, es(ec.privateKey))
    assert.ok(await auth.verify(later))
  })

  test('an issuer that failed once is asked again after a quarter of a second, then less and less often', async () => {
    published = null
    const auth = authenticator()
    const verify = () => auth.verify(token(ec.privateKey, 'old'))
    await assert.rejects(verify(), refusedWith('RETRY_LATER'))
    for (const pauseMs of [250, 500, 1_000, 2_000]) {
      const before = fetches
      await clock.advance(pauseMs - 1)
      await assert.rejects(verify(), refusedWith('RETRY_LATER'))
      assert.equal(fetches, before)
      await clock.advance(1)
      await assert.rejects(verify(), refusedWith('RETRY_LATER'))
      assert.equal(fetches, before + 1)
    }
    published = { keys: [jwk(ec.publicKey, 'old')] }
    await clock.advance(4_000)
    assert.ok(await verify())
  })

  test('while the issuer is away nobody who is known waits for it, and a new key is not refused for good', async () => {
    const auth = authenticator()
    await auth.verify(token(ec.privateKey, 'old'))
    published = null
    await clock.advance(601_000)
    const later = (key: KeyObject, kid: string) =>
      handmade({ alg: 'ES256', kid }, { ...good, exp: nowS + 6_000 }, es(key))
    assert.ok(await auth.verify(later(ec.privateKey, 'old')))
    await assert.rejects(auth.verify(later(next.privateKey, 'new')), refusedWith('RETRY_LATER'))
    published = { keys: [jwk(ec.publicKey, 'old'), jwk(next.publicKey, 'new')] }
    await clock.advance(30_000)
    assert.ok(await auth.verify(later(next.privateKey, 'new')))
  })

  test('a published key of another kind is not used', async () => {
    published = {
      keys: [{ ...rsa.publicKey.export({ format: 'jwk' }), kid: 'rsa', use: 'sig' }, jwk(ec.publicKey, 'old')],
    }
    const auth = authenticator()
    assert.ok(await auth.verify(token(ec.privateKey, 'old')))
    await assert.rejects(
      auth.verify(handmade({ alg: 'ES256', kid: 'rsa' }, good, rs(rsa.privateKey))),
      refusedWith('TOKEN_INVALID'),
    )
  })
})
