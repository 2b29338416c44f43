import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { systemClock } from '../../bin/system-ports.ts'
import { createAuthenticator, Revocations, secretKey, type GatewayDeps } from '../../gateway/index.ts'
import { createPool, PgRevokedTokens } from '../../persistence/index.ts'
import { edgeSecret, edgeTimers, startEdge, type Edge } from '../support/edge.ts'
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { signTestToken } from '../support/tokens.ts'
import { VoiceSocket } from '../support/voice-socket.ts'

let database: TestDatabase
let pool: ReturnType<typeof createPool>
before(async () => {
  database = await createTestDatabase()
  pool = createPool(database.url, { applicationName: 'revoked', maxConnections: 4, logger: silentLogger })
})
after(async () => {
  await pool.end()
  await database.drop()
})

const running: Edge[] = []
afterEach(async () => {
  for (const { gateway } of running.splice(0)) await gateway.stop()
})

/** A gateway that shares its record of revoked tokens with the others. */
async function startSharing(): Promise<Edge> {
  const revoked = new PgRevokedTokens(pool)
  const revocations = new Revocations({ revoked, clock: systemClock, timers: edgeTimers, logger: silentLogger })
  const keys = { keys: secretKey(edgeSecret), algorithm: 'HS256' } as const
  const deps: Partial<GatewayDeps> = {
    ...{ revoked, revocations },
    auth: createAuthenticator({ ...keys, revocations }, systemClock),
  }
  const edge = await startEdge({}, deps)
  running.push(edge)
  return edge
}

const agoS = (seconds: number) => Math.floor(Date.now() / 1_000) - seconds
const issued = (user: string, claims: Record<string, unknown> = {}, roles: readonly string[] = []) =>
  signTestToken(edgeSecret, user, roles, { iat: agoS(10), ...claims })
const mine = '/api/v1/ice-servers'
const revoke = '/api/v1/tokens/revoke'
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

describe('a token that its user gives back', () => {
  test('is taken by no gateway any more, and its sockets close with 4401; others of the user live on', async () => {
    const [one, two] = [await startSharing(), await startSharing()]
    const [lost, kept] = [issued('ann', { jti: 'lost-1' }), issued('ann', { jti: 'kept-1' })]
    const sockets = [await VoiceSocket.connect(one.ws, lost), await VoiceSocket.connect(two.ws, lost)]
    const other = await VoiceSocket.connect(two.ws, kept)
    const answer = await one.call('POST', revoke, {}, bearer(lost))
    assert.deepEqual([answer.status, answer.body.revoked], [200, 'token'])
    for (const socket of sockets) assert.equal(await socket.closed(), 4401)
    for (const edge of [one, two]) {
      const refused = await edge.call('GET', mine, undefined, bearer(lost))
      assert.deepEqual([refused.status, refused.body.error.code], [401, 'TOKEN_REVOKED'])
      assert.equal((await edge.call('GET', mine, undefined, bearer(kept))).status, 200)
    }
    other.send({ type: 'ping' })
    await other.heard('pong')
    other.close()
  })

  test('stays refused at a gateway that starts later', async () => {
    const token = issued('ann', { jti: 'lost-2' })
    const one = await startSharing()
    assert.equal((await one.call('POST', revoke, {}, bearer(token))).status, 200)
    const two = await startSharing()
    assert.equal((await two.call('GET', mine, undefined, bearer(token))).status, 401)
    await assert.rejects(VoiceSocket.connect(two.ws, token), /4401/)
  })

  test('needs an id', async () => {
    const edge = await startSharing()
    const { status, body } = await edge.call('POST', revoke, {}, bearer(issued('cid')))
    assert.deepEqual([status, body.error.code, body.error.details.field], [400, 'VALIDATION_FAILED', 'token_id'])
  })
})

describe('all tokens of a user', () => {
  test('are given back by the user, and a newer one is taken', async () => {
    const edge = await startSharing()
    const answer = await edge.call('POST', revoke, { user_id: 'dan' }, bearer(issued('dan')))
    assert.equal(answer.body.revoked, 'user')
    assert.equal((await edge.call('GET', mine, undefined, bearer(issued('dan')))).body.error.code, 'TOKEN_REVOKED')
    const newer = issued('dan', { iat: agoS(-1) })
    assert.equal((await edge.call('GET', mine, undefined, bearer(newer))).status, 200)
  })

  test('are taken away by a service, and by nobody else', async () => {
    const edge = await startSharing()
    const asked = { user_id: 'eve' }
    const refused = await edge.call('POST', revoke, asked, bearer(issued('fay')))
    assert.deepEqual([refused.status, refused.body.error.code], [403, 'FORBIDDEN'])
    const foreign = await edge.call('POST', revoke, { token_id: 'of-another' }, bearer(issued('fay', { jti: 'own' })))
    assert.equal(foreign.status, 403)
    assert.equal((await edge.call('POST', revoke, asked, bearer(issued('svc', {}, ['service'])))).status, 200)
    assert.equal((await edge.call('GET', mine, undefined, bearer(issued('eve')))).status, 401)
  })

  test('are not revoked for a time that nobody can mean', async () => {
    const edge = await startSharing()
    for (const until of ['2020-01-01T00:00:00.000Z', '2099-01-01T00:00:00.000Z']) {
      const { status, body } = await edge.call('POST', revoke, { user_id: 'gus', until }, bearer(issued('gus')))
      assert.deepEqual([status, body.error.details.field], [400, 'until'])
    }
    const both = { user_id: 'gus', token_id: 'x' }
    assert.equal((await edge.call('POST', revoke, both, bearer(issued('gus')))).status, 400)
  })
})
