import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, test } from 'node:test'
import { createAuthenticator, publicKey, secretKey } from '../../gateway/index.ts'
import { startEdge, type Edge } from '../support/edge.ts'
import { ok } from '../support/scripted-router.ts'
import { ecSign, hmac, tokenAttacks, tokenOf, type Attack, type Victim } from '../support/token-attacks.ts'
import { VoiceSocket } from '../support/voice-socket.ts'

/* The attacks of gateway/auth/token-attacks.test.ts, as they come in over the wire. */
const secret = 'pK7x!mQ2zR9wL4vT8nB3cF6hJ1dG5sA0'
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = ec.publicKey.export({ type: 'spki', format: 'pem' }).toString()
const common = { issuer: 'https://game.example', audience: 'voice', nowS: Math.floor(Date.now() / 1_000) }
/** Time that stands still: some of the attacks are six seconds early or late. */
const still = { wallMs: () => common.nowS * 1_000, monotonicMs: () => performance.now() }
const bySecret: Victim = { ...common, algorithm: 'HS256', publicPem: null, sign: hmac(secret) }
const byKey: Victim = { ...common, algorithm: 'ES256', publicPem: pem, sign: ecSign(ec.privateKey) }
const room = '/api/v1/rooms/0b0e7a4e-7f0c-4a52-9d39-6a5a3b9d0c11'

for (const [victim, keys] of [
  [bySecret, secretKey(secret)],
  [byKey, publicKey(pem, 'ES256')],
] as const) {
  const attacks = tokenAttacks(victim)
  let edge: Edge
  before(async () => {
    const { algorithm, issuer, audience } = victim
    edge = await startEdge({}, { auth: createAuthenticator({ keys, algorithm, issuer, audience }, still) })
    edge.router.on('view', () => ok({ room: {}, participants: [], sanctions: [] }))
  })
  after(() => edge.gateway.stop())

  /** What HTTP can carry, and does not tidy up into the good token itself. */
  const carried = ({ token }: Attack) => /^[\x20-\x7e\xa0-\xff]+$/.test(token) && token.trim() === token

  test(`REST lets nobody in by a token that is none, on ${victim.algorithm}`, async () => {
    const statuses = new Map<number, number>()
    for (const attack of attacks.filter(carried)) {
      const { status, body } = await edge.call('GET', room, undefined, { authorization: `Bearer ${attack.token}` })
      assert.equal(status, 401, `${attack.name}: ${status} ${JSON.stringify(body)}`)
      assert.match(body.error.code as string, /^TOKEN_(INVALID|EXPIRED|MISSING)$/, attack.name)
      statuses.set(status, (statuses.get(status) ?? 0) + 1)
    }
    assert.ok((statuses.get(401) ?? 0) >= 300)
    assert.equal(edge.router.asked.length, 0)
    const good = await edge.call('GET', room, undefined, { authorization: `Bearer ${tokenOf(victim)}` })
    assert.equal(good.status, 200)
  })

  test(`nor does a socket, on ${victim.algorithm}`, async () => {
    assert.ok(attacks.length >= 300)
    const greet = async ({ name, token }: Attack) => {
      const client = await VoiceSocket.open(edge.ws)
      client.send({ type: 'hello', token })
      const code = await client.closed()
      // A frame that no token of at most 8 KiB makes is no hello.
      assert.equal(code, token.length > 8_192 ? 4400 : 4401, `${name}: ${code}`)
      assert.ok(!client.frames.some(({ type }) => type === 'welcome'), name)
    }
    for (let from = 0; from < attacks.length; from += 50) await Promise.all(attacks.slice(from, from + 50).map(greet))
    const good = await VoiceSocket.connect(edge.ws, tokenOf(victim))
    good.close()
    assert.doesNotMatch(await edge.registry.metrics(), /refused_total\{code="INTERNAL"\}/)
  })
}
