import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { describe, test } from 'node:test'
import { AppError } from '../../protocol/errors.ts'
import type { ConnectionId, UserId } from '../../protocol/ids.ts'
import { ManualTime } from '../../test/support/manual-time.ts'
import { ecSign, hmac, rsaSign, tokenAttacks, tokenOf, type Victim } from '../../test/support/token-attacks.ts'
import { createAuthenticator, createResumeTokens, publicKey, secretKey, type KeySource } from './index.ts'

const secret = 'pK7x!mQ2zR9wL4vT8nB3cF6hJ1dG5sA0'
const time = new ManualTime(Date.UTC(2026, 0, 1))
const common = { issuer: 'https://game.example', audience: 'voice', nowS: Math.floor(time.wallMs() / 1_000) }
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = (key: typeof rsa.publicKey) => key.export({ type: 'spki', format: 'pem' }).toString()

const deployments: readonly (readonly [Victim, KeySource])[] = [
  [{ ...common, algorithm: 'HS256', publicPem: null, sign: hmac(secret) }, secretKey(secret)],
  [
    { ...common, algorithm: 'RS256', publicPem: pem(rsa.publicKey), sign: rsaSign(rsa.privateKey) },
    publicKey(pem(rsa.publicKey), 'RS256'),
  ],
  [
    { ...common, algorithm: 'ES256', publicPem: pem(ec.publicKey), sign: ecSign(ec.privateKey) },
    publicKey(pem(ec.publicKey), 'ES256'),
  ],
]

for (const [victim, keys] of deployments) {
  describe(`a deployment on ${victim.algorithm}`, () => {
    const { issuer, audience } = victim
    const auth = createAuthenticator({ keys, algorithm: victim.algorithm, issuer, audience }, time)
    const attacks = tokenAttacks(victim)

    test('takes the token that the attacks are made of', async () => {
      assert.equal((await auth.verify(tokenOf(victim))).userId, 'ann')
    })

    test('refuses each of three hundred and more others, and none by a defect', async () => {
      assert.ok(new Set(attacks.map(({ token }) => token)).size >= 300)
      for (const { name, token } of attacks) {
        const outcome = await auth.verify(token).then(
          ({ userId }) => `lets ${userId} in`,
          (error: unknown) => (error instanceof AppError ? error.code : String(error)),
        )
        assert.match(outcome, /^TOKEN_(INVALID|EXPIRED)$/, `${name}: ${outcome}`)
      }
    })

    test('takes no token of another kind, nor gives one for it', async () => {
      const connection = '11111111-1111-4111-8111-111111111111' as ConnectionId
      const resume = createResumeTokens(secret, time)
      await assert.rejects(auth.verify(resume.issue(connection, 'ann' as UserId)), { code: 'TOKEN_INVALID' })
      assert.equal(resume.read(tokenOf(victim), 'ann' as UserId), null)
    })
  })
}
