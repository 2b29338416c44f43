import assert from 'node:assert/strict'
import { generateKeyPairSync } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { signToken } from '../../gateway/auth/index.ts'
import { errorTable, type ErrorCode } from '../../protocol/errors.ts'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { VoiceSocket } from '../support/voice-socket.ts'

describe('bad input to a running cluster', () => {
  let cluster: TestCluster
  let roomId: string
  let pids: readonly number[]
  let failed = false

  before(async () => {
    cluster = await startCluster({ gateways: 1, nodes: 1 })
    roomId = await cluster.createRoom('host')
    pids = [...cluster.processes.values()].map(({ pid }) => pid)
  })
  after(() => cluster.stop(failed))

  /** A REST call as it is, over whatever the body may be. */
  const raw = async (method: string, path: string, token: string | null, body?: string) => {
    const response = await fetch(`${cluster.gateway(0).http}${path}`, {
      method,
      headers: {
        ...(token === null ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
      signal: AbortSignal.timeout(10_000),
    })
    return { status: response.status, body: (await response.json()) as { error: { code: string; message: string } } }
  }
  const refused = (answer: { status: number; body: { error: { code: string } } }, code: ErrorCode) => {
    failed ||= answer.body.error.code !== code
    assert.equal(answer.body.error.code, code)
    assert.equal(answer.status, errorTable[code].http)
  }
  const host = () => cluster.token('host')

  const restCases: readonly [name: string, code: ErrorCode, call: () => ReturnType<typeof raw>][] = [
    ['malformed JSON', 'MALFORMED_JSON', () => raw('POST', '/api/v1/rooms', host(), '{"name": ')],
    [
      'a wrong type',
      'VALIDATION_FAILED',
      () => raw('POST', '/api/v1/rooms', host(), '{"name": 7, "room_type": "group"}'),
    ],
    [
      'an unknown field',
      'VALIDATION_FAILED',
      () => raw('POST', '/api/v1/rooms', host(), '{"name": "a", "colour": "red"}'),
    ],
    ['a bad room id', 'VALIDATION_FAILED', () => raw('GET', '/api/v1/rooms/not-a-room', host())],
    [
      'a room that is none',
      'ROOM_NOT_FOUND',
      () => raw('GET', '/api/v1/rooms/3b241101-e2bb-4255-8caf-4136c566a962', host()),
    ],
    ['no token', 'TOKEN_MISSING', () => raw('GET', `/api/v1/rooms/${roomId}`, null)],
    ['an expired token', 'TOKEN_EXPIRED', () => raw('GET', `/api/v1/rooms/${roomId}`, expired())],
    ["a token of somebody else's secret", 'TOKEN_INVALID', () => raw('GET', `/api/v1/rooms/${roomId}`, foreign())],
    ['a token of another algorithm', 'TOKEN_INVALID', () => raw('GET', `/api/v1/rooms/${roomId}`, otherAlgorithm())],
    [
      'a body over the limit',
      'BODY_TOO_LARGE',
      () => raw('POST', '/api/v1/rooms', host(), `{"name": "${'x'.repeat(2_000_000)}"}`),
    ],
  ]
  for (const [name, code, call] of restCases) {
    test(`over REST: ${name} is ${code}`, async () => refused(await call(), code))
  }

  const secret = () => cluster.env['JWT_SECRET'] ?? ''
  const expired = () => signToken({ userId: 'host', ttlS: -60 }, { key: secret() })
  const foreign = () => signToken({ userId: 'host', ttlS: 60 }, { key: 'the-secret-of-somebody-else-42-42-42' })
  const otherAlgorithm = () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' })
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    return signToken({ userId: 'host', ttlS: 60 }, { key, algorithm: 'ES256' })
  }

  for (const [name, make] of [
    ['an expired token', expired],
    ["a token of somebody else's secret", foreign],
    ['no token at all', () => ''],
  ] as const) {
    test(`over the socket: ${name} closes with 4401`, async () => {
      const socket = await VoiceSocket.open(cluster.gateway(0).ws)
      socket.send({ type: 'hello', token: make() })
      assert.equal(await socket.closed(), 4401)
    })
  }

  const frames: readonly [name: string, code: ErrorCode, frame: () => unknown][] = [
    ['malformed JSON', 'MALFORMED_JSON', () => '{"type": "ping"'],
    ['an unknown frame', 'UNKNOWN_FRAME', () => ({ type: 'sing' })],
    ['a bad room id', 'VALIDATION_FAILED', () => ({ type: 'join', id: 1, room_id: 'not-a-room' })],
    ['a wrong type', 'VALIDATION_FAILED', () => ({ type: 'mute', id: 2, room_id: roomId, target_user_id: 7 })],
  ]
  for (const [name, code, frame] of frames) {
    test(`over the socket: ${name} is ${code}, and the socket stays open`, async () => {
      const socket = await VoiceSocket.connect(cluster.gateway(0).ws, host())
      socket.send(frame())
      await socket.heard('error', (answer) => (answer['error'] as { code: string }).code === code)
      socket.send({ type: 'ping' })
      await socket.heard('pong')
      assert.equal(socket.closeCode, 0)
      socket.close()
    })
  }

  test('a frame over 16 KiB closes its socket and no other', async () => {
    const [loud, quiet] = [
      await VoiceSocket.connect(cluster.gateway(0).ws, cluster.token('loud')),
      await VoiceSocket.connect(cluster.gateway(0).ws, cluster.token('quiet')),
    ]
    loud.send({ type: 'ping', filling: 'x'.repeat(16 * 1024) })
    assert.equal(await loud.closed(), 1006)
    quiet.send({ type: 'ping' })
    await quiet.heard('pong')
    quiet.close()
    assert.equal(await cluster.process('gateway-1').metric('voice_gateway_oversize_frames_total'), 1)
  })

  test('the processes have lived through all of it', async () => {
    assert.deepEqual(
      [...cluster.processes.values()].map(({ running, pid }) => (running ? pid : null)),
      pids,
    )
    const view = await cluster.call('GET', `/api/v1/rooms/${roomId}`, { token: host() })
    assert.equal(view.status, 200)
  })
})
