import assert from 'node:assert/strict'
import { after, afterEach, before, describe, test } from 'node:test'
import { Registry } from 'prom-client'
import { backgroundTimers, systemClock } from '../../bin/system-ports.ts'
import { awaitRedis, connectRedis, type RedisClient } from '../../cluster/index.ts'
import { createGatewayMetrics, Limits, type Budgets } from '../../gateway/index.ts'
import { argon2id } from '../../gateway/room-passwords.ts'
import { edgeSecret, startEdge, type Edge } from '../support/edge.ts'
import { amply } from '../support/limits.ts'
import { OwnRedis } from '../support/own-redis.ts'
import { randomPrefix } from '../support/redis-bench.ts'
import { ok } from '../support/scripted-router.ts'
import { services } from '../support/services.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { signTestToken } from '../support/tokens.ts'
import { VoiceSocket } from '../support/voice-socket.ts'
import { waitUntil } from '../support/wait.ts'
import { chromiumOffer } from '../support/call-specimens.ts'

const roomId = '0b0e7a4e-7f0c-4a52-9d39-6a5a3b9d0c11'
const room = `/api/v1/rooms/${roomId}`
const session = '11111111-1111-4111-8111-111111111111'
const snapshot = {
  room: { room_id: roomId, effective_settings: { ice_policy: 'all' } },
  participants: [],
  sanctions: [],
}

const running: { readonly edge: Edge; readonly redis: RedisClient }[] = []

/** A gateway that counts in that Redis under that prefix. */
async function startLimited(budgets: Partial<Budgets>, url: string, prefix: string, options = {}) {
  const redis = connectRedis({ url, name: 'limits-test', logger: silentLogger })
  await awaitRedis(redis, 5_000)
  const registry = new Registry()
  const metrics = createGatewayMetrics(registry)
  const limits = new Limits({
    ...{ redis, keyPrefix: prefix, budgets: { ...amply, ...budgets }, metrics },
    ...{ clock: systemClock, timers: backgroundTimers, logger: silentLogger },
    // Of a machine that is busy with other suites.
    patienceMs: 5_000,
  })
  const edge = await startEdge(options, { limits, metrics })
  edge.router
    .on('view', () => ok(snapshot))
    .on('join', () => ok({ session_id: session, role: 'member', snapshot }))
    .on('signal', () => ({ status: 'accepted', at: { epoch: 1, seq: 1 }, value: { connected: true } }))
  running.push({ edge, redis })
  return { ...edge, exposed: () => registry.metrics() }
}

afterEach(async () => {
  for (const { edge, redis } of running.splice(0)) {
    await edge.gateway.stop()
    redis.disconnect()
  }
})

const bearer = (user: string, roles: readonly string[] = []) => ({
  authorization: `Bearer ${signTestToken(edgeSecret, user, roles)}`,
})

describe('two gateways on one Redis', () => {
  const url = () => services.redisUrl()

  test('share the budget of a user, and tell what is left of it', async () => {
    const prefix = randomPrefix()
    const [one, two] = [
      await startLimited({ userRpm: 3 }, url(), prefix),
      await startLimited({ userRpm: 3 }, url(), prefix),
    ]
    const answers = [await one.call('GET', room), await two.call('GET', room), await one.call('GET', room)]
    assert.deepEqual(
      answers.map(({ status, headers }) => [
        status,
        headers.get('ratelimit-limit'),
        headers.get('ratelimit-remaining'),
      ]),
      [
        [200, '3', '2'],
        [200, '3', '1'],
        [200, '3', '0'],
      ],
    )
    const refused = await two.call('GET', room)
    assert.deepEqual([refused.status, refused.body.error.code], [429, 'RATE_LIMITED'])
    assert.equal(refused.body.error.details.limit, 'rest')
    const [wait, reset] = [refused.headers.get('retry-after'), refused.headers.get('ratelimit-reset')]
    assert.ok(Number(wait) >= 1 && Number(wait) <= 60 && wait === reset, `${String(wait)} ${String(reset)}`)
    assert.equal((await two.call('GET', room, undefined, bearer('bob'))).status, 200)
    assert.equal(one.router.asked.length + two.router.asked.length, 4, 'no room heard of the refused call')
  })

  test('let pass exactly as many as the limit says, however many come at once', async () => {
    const prefix = randomPrefix()
    const [one, two] = [
      await startLimited({ userRpm: 50 }, url(), prefix),
      await startLimited({ userRpm: 50 }, url(), prefix),
    ]
    const answers = await Promise.all(
      Array.from({ length: 120 }, (_, index) => (index % 2 === 0 ? one : two).call('GET', room)),
    )
    assert.equal(answers.filter(({ status }) => status === 200).length, 50)
    assert.equal(answers.filter(({ status }) => status === 429).length, 70)
  })

  test('count signaling by REST and by socket as one, and nothing else with it', async () => {
    const prefix = randomPrefix()
    const budgets = { signalingRpm: 4 }
    const [one, two] = [await startLimited(budgets, url(), prefix), await startLimited(budgets, url(), prefix)]
    const client = await VoiceSocket.connect(one.ws, one.token)
    await client.command({ type: 'join', room_id: roomId })
    const signal = { type: 'signal', room_id: roomId, to_user: 'bob', message_type: 'offer', sdp: chromiumOffer }
    for (let id = 10; id < 13; id += 1) client.send({ ...signal, id })
    await client.heard('reply', (frame) => frame['id'] === 12)
    const message = { session_id: session, to_user: 'bob', message_type: 'offer', sdp: chromiumOffer }
    await waitUntil('three are counted', async () =>
      (await one.exposed()).includes('limit="signaling",outcome="allowed"} 3'),
    )
    assert.equal((await two.call('POST', `${room}/signaling`, message)).status, 202)
    assert.equal((await two.call('POST', `${room}/signaling`, message)).status, 429)
    client.send({ ...signal, id: 13 })
    await client.heard('reply', (frame) => frame['id'] === 13)
    await waitUntil('the gateway knows', async () =>
      (await one.exposed()).includes('limit="signaling",outcome="limited"} 1'),
    )
    client.send({ ...signal, id: 14 })
    const refused = await client.heard('error', (frame) => frame['id'] === 14)
    assert.deepEqual([refused['error'].code, refused['retry'], refused['room_id']], ['RATE_LIMITED', true, roomId])
    assert.ok(refused['error'].details.retry_after_ms > 0)
    assert.equal((await two.call('GET', room)).status, 200)
    client.close()
  })

  test('give a service a budget of its own', async () => {
    const edge = await startLimited({ userRpm: 1, serviceRpm: 5 }, url(), randomPrefix())
    const statuses: number[] = []
    for (let index = 0; index < 6; index += 1) {
      statuses.push((await edge.call('GET', room, undefined, bearer('svc', ['service']))).status)
    }
    assert.deepEqual(statuses, [200, 200, 200, 200, 200, 429])
  })

  test('refuse an address before they look at its token, sockets too, and never ask less of health', async () => {
    const prefix = randomPrefix()
    const edge = await startLimited({ ipRpm: 3 }, url(), prefix)
    const statuses: number[] = []
    for (let index = 0; index < 5; index += 1) {
      statuses.push((await edge.call('GET', room, undefined, { authorization: 'Bearer x.y.z' })).status)
    }
    assert.deepEqual(statuses, [401, 401, 401, 429, 429])
    assert.equal((await edge.call('GET', '/health')).status, 200)
    await assert.rejects(VoiceSocket.open(edge.ws), /429/)
    assert.equal(edge.router.asked.length, 0)
  })

  test('tell clients apart behind a trusted proxy, and believe nobody else', async () => {
    const prefix = randomPrefix()
    const [behind, open] = [
      await startLimited({ ipRpm: 2 }, url(), prefix, { trustedProxies: ['127.0.0.0/8'] }),
      await startLimited({ ipRpm: 2 }, url(), prefix),
    ]
    const status = async (edge: Edge, from: string) =>
      (await edge.call('GET', room, undefined, { 'x-forwarded-for': from })).status
    assert.deepEqual([await status(behind, '198.51.100.1'), await status(behind, '1.1.1.1, 198.51.100.1')], [200, 200])
    assert.equal(await status(behind, '198.51.100.1'), 429)
    assert.equal(await status(behind, '198.51.100.2'), 200)
    assert.deepEqual([await status(open, '198.51.100.7'), await status(open, '198.51.100.8')], [200, 200])
    assert.equal(await status(open, '198.51.100.9'), 429)
  })

  test('hold back who guesses a password, on both gateways and by socket', async () => {
    const prefix = randomPrefix()
    const budgets = { passwordRpm: 3 }
    const [one, two] = [await startLimited(budgets, url(), prefix), await startLimited(budgets, url(), prefix)]
    const hash = await argon2id.hash('sesame')
    one.records.hash = two.records.hash = hash
    const guess = async (edge: Edge) => (await edge.call('POST', `${room}/join`, { password: 'x' })).body.error.code
    assert.deepEqual(
      [await guess(one), await guess(two), await guess(one), await guess(two)],
      ['PASSWORD_WRONG', 'PASSWORD_WRONG', 'PASSWORD_WRONG', 'RATE_LIMITED'],
    )
    const client = await VoiceSocket.connect(one.ws, one.token)
    client.send({ type: 'join', id: 1, room_id: roomId, password: 'sesame' })
    assert.equal((await client.heard('error'))['error'].details.limit, 'password_by_user')
    client.close()
  })
})

describe('a flooding socket', () => {
  test('is told, then closed with 4429, and no other with it', async () => {
    const edge = await startEdge({ socketFps: 10 })
    const [flood, other] = [
      await VoiceSocket.connect(edge.ws, edge.token),
      await VoiceSocket.connect(edge.ws, edge.token),
    ]
    for (let id = 1; id < 200; id += 1) flood.send({ type: 'leave', id, room_id: roomId })
    assert.equal(await flood.closed(), 4429)
    const refused = flood.frames.filter((frame) => frame['error']?.code === 'RATE_LIMITED')
    assert.ok(refused.length > 10 && refused.length < 50, String(refused.length))
    assert.ok(refused.every((frame) => frame['id'] > 90 && frame['retry'] === true))
    other.send({ type: 'ping' })
    await other.heard('pong')
    other.close()
    await edge.gateway.stop()
  })
})

describe('a Redis that dies', () => {
  let own: OwnRedis
  before(async () => void (own = await OwnRedis.start()))
  after(() => own.kill())

  test('leaves open limits to each gateway alone, closes those of passwords, and has both back when it is back', async () => {
    const prefix = randomPrefix()
    const budgets = { userRpm: 5 }
    const [one, two] = [await startLimited(budgets, own.url, prefix), await startLimited(budgets, own.url, prefix)]
    one.records.hash = await argon2id.hash('sesame')
    const statuses = async (edge: Edge, count: number, user: string) => {
      const heard: number[] = []
      for (let index = 0; index < count; index += 1) {
        heard.push((await edge.call('GET', room, undefined, bearer(user))).status)
      }
      return heard
    }
    const join = (user: string) => one.call('POST', `${room}/join`, { password: 'sesame' }, bearer(user))
    assert.equal((await join('ann')).status, 200)
    await own.kill()
    assert.deepEqual(await statuses(one, 6, 'bob'), [200, 200, 200, 200, 200, 429])
    assert.deepEqual(await statuses(two, 6, 'bob'), [200, 200, 200, 200, 200, 429])
    const closed = await join('cy')
    assert.deepEqual([closed.status, closed.body.error.code], [503, 'RETRY_LATER'])
    assert.equal(closed.headers.get('retry-after'), '1')
    const counted = await one.exposed()
    assert.match(counted, /limit="rest",outcome="alone"\} [5-9]/)
    assert.match(counted, /limit="password_by_user",outcome="closed"\} 1/)
    assert.doesNotMatch(counted, /bob|127\.0\.0\.1|0b0e7a4e/)
    await own.start()
    let asker = 0
    const fresh = () => `asker-${(asker += 1)}`
    await waitUntil('passwords may be tried again', async () => (await join(fresh())).status === 200)
    await waitUntil('the other gateway counts there again too', async () => {
      await two.call('GET', room, undefined, bearer(fresh()))
      return /outcome="allowed"\} [1-9]/.test(await two.exposed())
    })
    const shared = [...(await statuses(two, 3, 'gus')), ...(await statuses(one, 3, 'gus'))]
    assert.deepEqual(shared, [200, 200, 200, 200, 200, 429])
  })
})
