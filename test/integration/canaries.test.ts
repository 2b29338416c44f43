import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { after, before, test } from 'node:test'
import { createLogger } from '../../bin/logger.ts'
import { systemClock } from '../../bin/system-ports.ts'
import { createAuthenticator, createResumeTokens, secretKey } from '../../gateway/index.ts'
import { startEdge, type Edge } from '../support/edge.ts'
import { ok, retryAfter } from '../support/scripted-router.ts'
import { signTestToken } from '../support/tokens.ts'
import { VoiceSocket } from '../support/voice-socket.ts'
import { waitUntil } from '../support/wait.ts'
import { chromiumOffer } from '../support/call-specimens.ts'

/*
 * Secrets of which each is found again wherever it turns up, in every field that takes one, over REST and sockets, in calls that
 * go well and calls that fail in every way there is: none of them is in the log of a gateway that logs all it can.
 */
const canaries: string[] = []
const canary = (length = 24): string => {
  const made = `cn${randomBytes(40).toString('hex')}`.slice(0, length)
  canaries.push(made)
  return made
}

const lines: string[] = []
const [jwtSecret, clusterSecret, turnSecret] = [canary(40), canary(40), canary(40)]
const roomId = '0b0e7a4e-7f0c-4a52-9d39-6a5a3b9d0c11'
const session = '11111111-1111-4111-8111-111111111111'
const snapshot = {
  room: { room_id: roomId, effective_settings: { ice_policy: 'all' } },
  participants: [],
  sanctions: [],
}
const rooms = '/api/v1/rooms'
const room = `${rooms}/${roomId}`

/** A good token; its parts are secrets. */
const tokenOf = (user: string, claims: Record<string, unknown> = {}): string => {
  const token = signTestToken(jwtSecret, user, [], { jti: canary(), ...claims })
  canaries.push(...token.split('.').slice(1))
  return token
}
/** Not one of audio: refused without a word of it. */
const oddSdp = () => `v=0\r\na=ice-ufrag:${canary(8)}\r\na=ice-pwd:${canary()}\r\na=fingerprint:sha-256 ${canary()}\r\n`
const sdp = () =>
  chromiumOffer
    .replace('ice-ufrag:jLVS', `ice-ufrag:${canary(8)}`)
    .replace(/ice-pwd:.*(?=\r)/, `ice-pwd:${canary()}`)
    .replace('cname:', `cname:${canary()}`)
const candidate = () => `candidate:1 1 udp 2130706431 ${canary(12)}.local 9 typ host ufrag ${canary(8)}`

let edge: Edge
before(async () => {
  const log = { level: 'debug', format: 'json' } as const
  edge = await startEdge(
    {
      ice: { stunServers: [], turnServers: ['turn:turn.example:3478'], turnSecret },
      trustedProxies: ['127.0.0.1'],
      readTimeoutMs: 3_000,
    },
    {
      auth: createAuthenticator({ keys: secretKey(jwtSecret), algorithm: 'HS256' }, systemClock),
      resumeTokens: createResumeTokens(clusterSecret, systemClock),
      logger: createLogger({ process: 'gateway-1', role: 'gateway' }, log, { write: (line) => void lines.push(line) }),
      hasher: { hash: () => Promise.resolve(canary()), verify: () => Promise.resolve(false) },
    },
  )
  edge.records.hash = canary()
})
after(() => edge.gateway.stop())

/** How a room may behave: well, refusing, failing by a defect that holds the whole command. */
const behaviours: Readonly<Record<string, () => void>> = {
  answers: () => {
    edge.router
      .on('create', ({ key }) => ok({ room_id: key.slice(5) }))
      .on('view', () => ok(snapshot))
      .on('update', () => ok(snapshot.room))
      .on('join', () => ok({ session_id: session, role: 'member', snapshot }))
      .on('signal', () => ok({ delivered_to: session, connected: true, dropped_candidates: 0, signal_seq: 1 }))
      .on('sanction', () => ok({ kind: 'mute' }))
  },
  'has no time': () => {
    for (const type of ['create', 'view', 'update', 'join', 'signal', 'sanction', 'attach'] as const) {
      edge.router.on(type, () => retryAfter('MAILBOX_FULL'))
    }
  },
  'has a defect': () => {
    for (const type of ['create', 'view', 'update', 'join', 'signal', 'sanction', 'attach'] as const) {
      edge.router.on(type, ({ command, options }) => {
        throw Object.assign(new Error('a defect', { cause: Object.assign(new Error('why'), { command }) }), {
          command,
          options,
        })
      })
    }
  },
}

async function overRest(): Promise<void> {
  const headers = () => ({
    ...{ authorization: `Bearer ${tokenOf('ann')}`, cookie: `session=${canary()}` },
    ...{ 'x-api-key': canary(), 'proxy-authorization': `Basic ${canary()}`, 'idempotency-key': canary() },
  })
  const call = (method: string, path: string, body?: unknown, over: Record<string, string> = {}) =>
    edge.call(method, path, body, { ...headers(), ...over })
  const signal = { session_id: session, to_user: 'bob' }
  await call('POST', rooms, { name: 'r', password: canary(), metadata: { api_key: canary() }, settings: {} })
  await call('PATCH', room, { password: canary() })
  await call('POST', `${room}/join`, { password: canary() })
  await call('POST', `${room}/signaling`, { ...signal, message_type: 'offer', sdp: sdp() })
  await call('POST', `${room}/signaling`, { ...signal, message_type: 'candidate', candidate: candidate() })
  await call('POST', `${room}/participants/bob/mute`, { reason: 'noise' })
  // Refused before a room hears of it.
  await call('POST', rooms, { name: 'r', password: { deep: canary() } })
  await call('POST', rooms, { name: 'r', [canary()]: canary() })
  await call('POST', rooms, `{"name": "r", "password": "${canary()}`)
  await call('POST', rooms, `{"__proto__": {"token": "${canary()}"}}`)
  await call('POST', rooms, `password=${canary()}`, { 'content-type': 'text/plain' })
  await call('POST', rooms, { name: 'r', description: canary() + 'x'.repeat(70_000) })
  await call('POST', `${room}/signaling`, { ...signal, message_type: 'shout', sdp: sdp() })
  await call('POST', `${room}/signaling`, { ...signal, message_type: 'offer', sdp: oddSdp() })
  await call('GET', `${room}?token=${canary()}&cursor=${canary()}`)
  await call('GET', `${rooms}/${canary()}`)
  await call('POST', `/api/v1/invites/${canary()}/accept`)
  await call('GET', `/${canary()}?access_token=${canary()}`)
  await call('PUT', `${room}?password=${canary()}`)
  for (const authorization of [
    `Bearer ${canary()}`,
    `Basic ${canary()}`,
    canary(),
    `Bearer ${tokenOf('ann').slice(0, -4)}`,
    `Bearer ${tokenOf('ann', { exp: 1 })}`,
    `Bearer ${tokenOf('ann', { roles: [canary()] })}`,
    `Bearer ${tokenOf('ann', { name: canary(60) })}`,
    `Bearer ${tokenOf('not a user', {})}`,
  ]) {
    await call('GET', room, undefined, { authorization })
  }
  await call('GET', room, undefined, { 'x-forwarded-for': canary(), forwarded: `for=${canary()}` })
  // What never becomes a request.
  for (const text of [
    `GET /${canary()} HTTP/1.1\r\n\r\n`,
    `${canary()}\r\n\r\n`,
    `GET / HTTP/1.1\r\nHost: x\r\nCookie: ${canary()}`,
  ]) {
    await new Promise<void>((resolve) => {
      const socket = connect(edge.httpPort, '127.0.0.1', () => socket.write(text))
      socket
        .on('error', () => undefined)
        .on('close', () => resolve())
        .resume()
    })
  }
}

async function overSockets(): Promise<void> {
  const resume = createResumeTokens(clusterSecret, systemClock)
  const client = await VoiceSocket.open(edge.ws)
  const resumeToken = resume.issue(
    session as Parameters<typeof resume.issue>[0],
    'ann' as Parameters<typeof resume.issue>[1],
  )
  canaries.push(...resumeToken.split('.').slice(1))
  client.send({ type: 'hello', token: tokenOf('ann'), resume_token: resumeToken })
  const welcome = await client.heard('welcome')
  canaries.push(...String(welcome['resume_token']).split('.').slice(1))
  canaries.push(String(welcome['ice_servers'][0].credential))
  const frames = [
    { type: 'join', id: 1, room_id: roomId, password: canary() },
    { type: 'join', id: 2, room_id: roomId },
    { type: 'signal', id: 3, room_id: roomId, to_user: 'bob', message_type: 'offer', sdp: sdp() },
    { type: 'signal', id: 4, room_id: roomId, to_user: 'bob', message_type: 'candidate', candidate: candidate() },
    { type: 'signal', id: 5, room_id: roomId, to_user: 'bob', message_type: 'shout', sdp: sdp() },
    { type: 'signal', id: 21, room_id: roomId, to_user: 'bob', message_type: 'offer', sdp: oddSdp() },
    {
      type: 'signal',
      id: 22,
      room_id: roomId,
      to_user: 'bob',
      message_type: 'candidate',
      candidate: `${candidate()}\n`,
    },
    { type: 'attach', id: 6, room_id: roomId, session_id: session },
    { type: 'mute', id: 7, room_id: roomId, target_user_id: 'bob', reason: 'noise' },
    { type: 'reauth', id: 8, token: tokenOf('ann') },
    { type: 'reauth', id: 9, token: tokenOf('bob') },
    { type: 'reauth', id: 10, token: canary() },
    { type: canary(), id: 11, password: canary() },
    { type: 'join', id: 12, room_id: roomId, [canary()]: canary() },
  ]
  for (const frame of frames) client.send(frame)
  client.send(`{"type": "hello", "token": "${canary()}`)
  client.send({ type: 'ping' })
  await client.heard('pong')
  await waitUntil('every command is answered', () =>
    frames.every(({ id }) => client.frames.some((frame) => frame['id'] === id)),
  )
  client.close()
  for (const first of [
    { type: 'hello', token: canary() },
    { type: 'hello', token: tokenOf('ann').slice(0, -4) },
    { type: 'hello', token: tokenOf('ann', { exp: 1 }) },
    { type: 'hello', token: { deep: canary() } },
    { type: 'join', password: canary() },
    `{"token": "${canary()}`,
    { type: 'ping', junk: canary() + 'x'.repeat(17_000) },
  ]) {
    const refused = await VoiceSocket.open(`${edge.ws}?token=${canary()}`)
    refused.send(first)
    await refused.closed()
  }
  const resumed = await VoiceSocket.open(edge.ws)
  resumed.send({ type: 'hello', token: tokenOf('ann'), resume_token: canary() })
  await resumed.heard('welcome')
  resumed.close()
}

for (const [name, behave] of Object.entries(behaviours)) {
  test(`no secret is in the log while rooms ${name === 'answers' ? 'answer' : name}`, async () => {
    behave()
    const from = lines.length
    await overRest()
    await overSockets()
    const said = lines.slice(from)
    assert.ok(said.length > 20, `the log was listened to: ${said.length} lines`)
    assert.ok(canaries.length > 100)
    if (name === 'has a defect')
      assert.ok(said.some((line) => line.includes('a defect') && line.includes('[redacted]')))
    for (const secret of canaries) {
      const found = said.find((line) => line.includes(secret))
      assert.equal(found, undefined, `${secret} is in the log`)
    }
  })
}

test('nor is one in the metrics', async () => {
  const metrics = await edge.registry.metrics()
  for (const secret of canaries) assert.ok(!metrics.includes(secret))
})
