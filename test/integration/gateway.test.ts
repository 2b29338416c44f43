import assert from 'node:assert/strict'
import { request } from 'node:http'
import { connect } from 'node:net'
import { afterEach, beforeEach, describe, test } from 'node:test'
import { roomKey, type RoomId, type SessionId } from '../../protocol/ids.ts'
import { edgeSecret as secret, rawRequest, startEdge as startGateway, type Edge } from '../support/edge.ts'
import { ok, rejected, retryAfter } from '../support/scripted-router.ts'
import { signTestToken } from '../support/tokens.ts'
import { VoiceSocket } from '../support/voice-socket.ts'
import { waitUntil } from '../support/wait.ts'
import { chromiumOffer } from '../support/call-specimens.ts'

const roomId = '0b0e7a4e-7f0c-4a52-9d39-6a5a3b9d0c11' as RoomId
const session = '11111111-1111-4111-8111-111111111111' as SessionId
const snapshot = {
  room: { room_id: roomId, name: 'a room', effective_settings: { ice_policy: 'all' } },
  participants: [{ user_id: 'ann' }],
  sanctions: [],
}
/** What who joins gathers candidates with. */
const ice = {
  ice_servers: [{ urls: ['stun:stun.example:3478'] }],
  ice_expires_at: null,
  ice_transport_policy: 'all',
}
const nowS = () => Math.floor(Date.now() / 1_000)

let edge: Edge
beforeEach(async () => {
  edge = await startGateway()
  edge.router
    .on('create', ({ key, command }) =>
      ok({ room_id: key.slice(5), name: command.type === 'create' ? command.spec.name : '' }),
    )
    .on('join', () => ok({ session_id: session, role: 'member', snapshot }))
    .on('view', () => ok(snapshot, { epoch: 3, seq: 9 }))
})
afterEach(() => edge.gateway.stop())

const rooms = '/api/v1/rooms'
const room = `${rooms}/${roomId}`

describe('bad input over REST', () => {
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const none = `${encode({ alg: 'none' })}.${encode({ sub: 'ann', exp: nowS() + 600 })}.`
  const cases: readonly {
    name: string
    method?: string
    path?: string
    body?: unknown
    headers?: Record<string, string>
    status: number
    code: string
  }[] = [
    { name: 'JSON that ends early', body: '{"name":', status: 400, code: 'MALFORMED_JSON' },
    { name: 'a key that reaches into prototypes', body: '{"__proto__":{}}', status: 400, code: 'MALFORMED_JSON' },
    { name: 'no body where one is needed', status: 400, code: 'VALIDATION_FAILED' },
    { name: 'a number for a name', body: { name: 5 }, status: 400, code: 'VALIDATION_FAILED' },
    { name: 'an unknown field', body: { name: 'r', colour: 'red' }, status: 400, code: 'VALIDATION_FAILED' },
    { name: 'an unknown room type', body: { name: 'r', room_type: 'x' }, status: 400, code: 'VALIDATION_FAILED' },
    { name: 'no capacity', body: { name: 'r', max_participants: 0 }, status: 400, code: 'VALIDATION_FAILED' },
    { name: 'a list for a body', body: [], status: 400, code: 'VALIDATION_FAILED' },
    {
      name: 'a date that is none',
      body: { name: 'r', scheduled_end_at: 'soon' },
      status: 400,
      code: 'VALIDATION_FAILED',
    },
    {
      name: 'text as body',
      body: 'name=r',
      headers: { 'content-type': 'text/plain' },
      status: 415,
      code: 'UNSUPPORTED_MEDIA_TYPE',
    },
    {
      name: 'a packed body',
      body: { name: 'r' },
      headers: { 'content-encoding': 'gzip' },
      status: 415,
      code: 'UNSUPPORTED_MEDIA_TYPE',
    },
    {
      name: 'a body over 64 KiB',
      body: { name: 'r', description: 'x'.repeat(70_000) },
      status: 413,
      code: 'BODY_TOO_LARGE',
    },
    { name: 'another owner', body: { name: 'r', owner_id: 'bob' }, status: 403, code: 'ACTING_USER_MISMATCH' },
    {
      name: 'a bad idempotency key',
      body: { name: 'r' },
      headers: { 'idempotency-key': 'short' },
      status: 400,
      code: 'VALIDATION_FAILED',
    },
    { name: 'a bad room id', method: 'GET', path: `${rooms}/my-room`, status: 400, code: 'VALIDATION_FAILED' },
    { name: 'a room id in bad escapes', method: 'GET', path: `${rooms}/%zz`, status: 400, code: 'VALIDATION_FAILED' },
    {
      name: 'a bad user id',
      path: `${room}/participants/a%20b/mute`,
      body: {},
      status: 400,
      code: 'VALIDATION_FAILED',
    },
    {
      name: 'a mute of no time',
      path: `${room}/participants/bob/mute`,
      body: { duration: 0 },
      status: 400,
      code: 'VALIDATION_FAILED',
    },
    {
      name: 'a mute of less',
      path: `${room}/participants/bob/mute`,
      body: { duration: -5 },
      status: 400,
      code: 'VALIDATION_FAILED',
    },
    {
      name: 'a mute of another than the path',
      path: `${room}/participants/bob/mute`,
      body: { target_user_id: 'eve' },
      status: 400,
      code: 'VALIDATION_FAILED',
    },
    {
      name: 'a mute for another',
      path: `${room}/participants/bob/mute`,
      body: { requester_id: 'eve' },
      status: 403,
      code: 'ACTING_USER_MISMATCH',
    },
    {
      name: 'a join for another',
      path: `${room}/join`,
      body: { user_id: 'bob' },
      status: 403,
      code: 'ACTING_USER_MISMATCH',
    },
    {
      name: 'a leave for another',
      path: `${room}/leave`,
      body: { user_id: 'bob' },
      status: 403,
      code: 'ACTING_USER_MISMATCH',
    },
    {
      name: 'a signal of another',
      path: `${room}/signaling`,
      body: { session_id: session, from_user: 'bob', to_user: 'eve', message_type: 'offer' },
      status: 403,
      code: 'ACTING_USER_MISMATCH',
    },
    { name: 'a change of nothing', method: 'PATCH', path: room, body: {}, status: 400, code: 'VALIDATION_FAILED' },
    { name: 'a limit over 100', method: 'GET', path: `${rooms}?limit=101`, status: 400, code: 'VALIDATION_FAILED' },
    {
      name: 'a limit given twice',
      method: 'GET',
      path: `${rooms}?limit=1&limit=2`,
      status: 400,
      code: 'VALIDATION_FAILED',
    },
    {
      name: 'a foreign cursor',
      method: 'GET',
      path: `${rooms}?cursor=foreign`,
      status: 400,
      code: 'VALIDATION_FAILED',
    },
    { name: 'an unknown address', method: 'GET', path: '/api/v1/nothing', status: 404, code: 'NOT_FOUND' },
    {
      name: 'a method that is not taken',
      method: 'PUT',
      path: room,
      body: {},
      status: 405,
      code: 'METHOD_NOT_ALLOWED',
    },
    { name: 'no token', body: { name: 'r' }, headers: { authorization: '' }, status: 401, code: 'TOKEN_MISSING' },
    {
      name: 'another scheme',
      body: { name: 'r' },
      headers: { authorization: 'Basic YTpi' },
      status: 401,
      code: 'TOKEN_INVALID',
    },
    {
      name: 'an expired token',
      body: { name: 'r' },
      headers: { authorization: `Bearer ${signTestToken(secret, 'ann', [], { exp: nowS() - 60 })}` },
      status: 401,
      code: 'TOKEN_EXPIRED',
    },
    {
      name: 'a token of a foreign key',
      body: { name: 'r' },
      headers: { authorization: `Bearer ${signTestToken(`${secret}x`, 'ann')}` },
      status: 401,
      code: 'TOKEN_INVALID',
    },
    {
      name: 'a token without a signature',
      body: { name: 'r' },
      headers: { authorization: `Bearer ${none}` },
      status: 401,
      code: 'TOKEN_INVALID',
    },
  ]
  for (const { name, method = 'POST', path = rooms, body, headers, status, code } of cases) {
    test(`${name}: ${status} ${code}`, async () => {
      const answer = await edge.call(method, path, body, headers)
      assert.deepEqual([answer.status, answer.body.error?.code], [status, code], JSON.stringify(answer.body))
      assert.equal(answer.body.error.request_id, answer.headers.get('x-request-id'))
      assert.equal(edge.router.asked.length, 0, 'no room heard of it')
      assert.equal((await edge.call('GET', '/health')).status, 200, 'the gateway lives on')
    })
  }

  test('a body that only grows over the limit on the way is refused too', async () => {
    const headers = {
      authorization: `Bearer ${edge.token}`,
      'content-type': 'application/json',
      'transfer-encoding': 'chunked',
    }
    const answer = await rawRequest(edge.httpPort, 'POST', rooms, headers, `{"name":"${'x'.repeat(100_000)}"}`)
    assert.deepEqual(
      [answer.status, (JSON.parse(answer.body) as { error: { code: string } }).error.code],
      [413, 'BODY_TOO_LARGE'],
    )
    assert.equal((await edge.call('GET', '/health')).status, 200)
  })

  test("a body that ends early is its sender's fault, not ours", async () => {
    const { port } = new URL(edge.http)
    const socket = connect(Number(port), '127.0.0.1')
    const head = `POST ${rooms} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${edge.token}\r\n`
    socket.write(`${head}content-type: application/json\r\ncontent-length: 50\r\n\r\n{"name":`)
    socket.destroySoon()
    await waitUntil('the request is refused', async () =>
      /refused_total\{code="MALFORMED_JSON"\} 1/.test(await edge.registry.metrics()),
    )
    assert.doesNotMatch(await edge.registry.metrics(), /refused_total\{code="INTERNAL"\}/)
  })

  test('405 says what is allowed', async () => {
    const answer = await edge.call('PUT', room, {})
    assert.match(answer.headers.get('allow') ?? '', /DELETE/)
  })

  test('a request id of the caller is kept, a strange one is not', async () => {
    const kept = await edge.call('GET', `${rooms}/x`, undefined, { 'x-request-id': 'trace-0123456789' })
    assert.equal(kept.body.error.request_id, 'trace-0123456789')
    const strange = await edge.call('GET', `${rooms}/x`, undefined, { 'x-request-id': '<script>' })
    assert.match(strange.body.error.request_id as string, /^[0-9a-f-]{36}$/)
  })
})

describe('rooms over REST', () => {
  test('a room is made with every default written out, owned by the caller', async () => {
    const made = await edge.call('POST', rooms, { name: 'r' })
    assert.equal(made.status, 201)
    const [asked] = edge.router.ofType('create')
    assert.ok(asked)
    assert.deepEqual(made.headers.get('location'), `/api/v1/rooms/${String(made.body.room_id)}`)
    assert.equal(asked.key, `room:${String(made.body.room_id)}`)
    assert.deepEqual(asked.command, {
      type: 'create',
      by: { user_id: 'ann', privileges: [] },
      spec: {
        owner_id: 'ann',
        name: 'r',
        description: '',
        room_type: 'group',
        max_participants: 50,
        quality_preset: 'high',
        is_private: false,
        is_temporary: false,
        is_moderated: false,
        allow_recording: false,
        password_hash: null,
        region: null,
        game_server_id: null,
        guild_id: null,
        parent_room_id: null,
        scheduled_end_at_ms: null,
        settings: {},
        permissions: {},
        metadata: {},
      },
    })
  })

  test('its password goes on as a hash only', async () => {
    await edge.call('POST', rooms, { name: 'r', password: 'sesame' })
    await edge.call('PATCH', room, { password: 'thyme' })
    await edge.call('PATCH', room, { password: null })
    const asked = JSON.stringify(edge.router.asked)
    assert.doesNotMatch(asked, /sesame|thyme/)
    assert.match(edge.router.ofType('create')[0]?.command.spec.password_hash ?? '', /^\$argon2id\$/)
    const [changed, cleared] = edge.router.ofType('update').map(({ command }) => command.changes.password_hash)
    assert.match(changed ?? '', /^\$argon2id\$/)
    assert.equal(cleared, null)
  })

  test('an idempotency key makes the same command to the same room of it, for that caller and that call', async () => {
    const headers = { 'idempotency-key': 'order 66, once' }
    const asBob = { ...headers, authorization: `Bearer ${signTestToken(secret, 'bob')}` }
    const first = await edge.call('POST', rooms, { name: 'r' }, headers)
    const again = await edge.call('POST', rooms, { name: 'r' }, headers)
    const bobs = await edge.call('POST', rooms, { name: 'r' }, asBob)
    await edge.call('POST', `${room}/join`, {}, headers)
    const without = await edge.call('POST', rooms, { name: 'r' })
    assert.equal(first.body.room_id, again.body.room_id)
    assert.equal(new Set([first, bobs, without].map(({ body }) => String(body.room_id))).size, 3)
    const ids = edge.router.asked.map(({ options }) => options.commandId)
    assert.equal(ids[0], ids[1])
    assert.equal(new Set(ids).size, 4)
    assert.ok(ids.every((id) => id.length <= 100))
  })

  test('a service acts for others', async () => {
    const headers = { authorization: `Bearer ${signTestToken(secret, 'svc', ['service'])}` }
    await edge.call('POST', `${room}/join`, { user_id: 'bob', username: 'Bob' }, headers)
    await edge.call(
      'POST',
      `${room}/participants/bob/mute`,
      { requester_id: 'mod', duration: 60, reason: 'noise' },
      headers,
    )
    const [join] = edge.router.ofType('join')
    const [mute] = edge.router.ofType('sanction')
    assert.deepEqual([join?.command.user_id, join?.command.username], ['bob', 'Bob'])
    assert.deepEqual(mute?.command, {
      type: 'sanction',
      by: { user_id: 'mod', privileges: ['service'] },
      kind: 'mute',
      target_user_id: 'bob',
      duration_s: 60,
      reason: 'noise',
    })
  })

  test('one room is shown with its people and its position', async () => {
    const shown = await edge.call('GET', room)
    assert.deepEqual(shown.body, {
      ...snapshot.room,
      participants: snapshot.participants,
      sanctions: [],
      epoch: 3,
      seq: 9,
    })
    assert.deepEqual(edge.router.ofType('view')[0]?.command.as, { user_id: 'ann', privileges: [] })
    const people = await edge.call('GET', `${room}/participants`)
    assert.deepEqual(people.body, { participants: snapshot.participants, sanctions: [], epoch: 3, seq: 9 })
  })

  test('a list goes by pages and filters; only privileged callers see every private room', async () => {
    const page = await edge.call(
      'GET',
      `${rooms}?room_type=raid&region=eu&owner_id=bob&status=active&limit=7&cursor=abc`,
    )
    assert.deepEqual(page.body, { rooms: [], next_cursor: 'next' })
    await edge.call('GET', rooms, undefined, { authorization: `Bearer ${signTestToken(secret, 'root', ['admin'])}` })
    assert.deepEqual(edge.records.lists, [
      {
        filter: { roomType: 'raid', region: 'eu', ownerId: 'bob', status: 'active', visibleTo: 'ann' },
        limit: 7,
        cursor: 'abc',
      },
      { filter: { visibleTo: 'all' }, limit: 50, cursor: null },
    ])
    const down = await edge.call('GET', `${rooms}?cursor=down`)
    assert.deepEqual([down.status, down.body.error.code], [503, 'RETRY_LATER'])
  })

  test('servers for ICE are told to whoever has a token; a room that only relays needs one that relays', async () => {
    const { ice_transport_policy: _, ...servers } = ice
    const read = await edge.call('GET', '/api/v1/ice-servers')
    assert.deepEqual([read.status, read.body], [200, servers])
    const settings = { ice_policy: 'relay' }
    const made = await edge.call('POST', '/api/v1/rooms', { name: 'r', settings })
    const changed = await edge.call('PATCH', room, { settings })
    for (const { status, body } of [made, changed]) {
      assert.deepEqual([status, body['error'].code], [409, 'TURN_NOT_CONFIGURED'])
    }
    assert.deepEqual([...edge.router.ofType('create'), ...edge.router.ofType('update')], [])
  })

  test('joining, leaving, signaling, muting and closing answer as documented', async () => {
    const where = { epoch: 2, seq: 5 }
    const sanction = { kind: 'mute', user_id: 'bob', generation: 1, until: '2026-01-01T00:00:00.000Z' }
    edge.router
      .on('leave', () => ok({ session_id: session, user_id: 'ann' }))
      .on('signal', () => ({
        status: 'accepted',
        at: where,
        value: { delivered_to: session, connected: true, dropped_candidates: 0, signal_seq: 1 },
      }))
      .on('sanction', () => ok(sanction, where))
      .on('lift', () => ok({ kind: 'mute', user_id: 'bob', generation: 1 }, where))
      .on('close', () => ok({}))
    const joined = await edge.call('POST', `${room}/join`)
    assert.deepEqual(
      [joined.status, joined.body],
      [200, { session_id: session, role: 'member', ...snapshot, epoch: 1, seq: 1, ice }],
    )
    const left = await edge.call('POST', `${room}/leave`, {})
    assert.deepEqual([left.status, left.body], [200, { session_id: session, user_id: 'ann' }])
    const message = { session_id: session, to_user: 'bob', message_type: 'offer', sdp: chromiumOffer }
    const signal = await edge.call('POST', `${room}/signaling`, message)
    assert.deepEqual(
      [signal.status, signal.body],
      [202, { delivered_to: session, connected: true, dropped_candidates: 0, signal_seq: 1 }],
    )
    assert.deepEqual(edge.router.ofType('signal')[0]?.command, { type: 'signal', ...message, from_user: 'ann' })
    const odd = await edge.call('POST', `${room}/signaling`, { ...message, sdp: 'v=0\r\n' })
    assert.deepEqual([odd.status, odd.body['error'].code], [400, 'SIGNAL_INVALID'])
    const muted = await edge.call('POST', `${room}/participants/bob/mute`, { target_user_id: 'bob', mute: true })
    assert.deepEqual([muted.status, muted.body], [200, { ...sanction, ...where }])
    assert.equal(edge.router.ofType('sanction')[0]?.command.duration_s, null)
    for (const [path, body] of [
      ['mute', { mute: false }],
      ['unmute', {}],
    ] as const) {
      const lifted = await edge.call('POST', `${room}/participants/bob/${path}`, body)
      assert.deepEqual([lifted.status, lifted.body], [200, { kind: 'mute', user_id: 'bob', generation: 1, ...where }])
    }
    assert.equal((await edge.call('DELETE', room)).status, 204)
  })

  test('what a room refuses, cannot do now, or left open, reaches the caller by the table', async () => {
    edge.router.on('view', () => rejected('ROOM_NOT_FOUND'))
    assert.deepEqual([(await edge.call('GET', room)).status], [404])
    edge.router.on('view', () => retryAfter('MAILBOX_FULL', 1_200))
    const full = await edge.call('GET', room)
    assert.deepEqual([full.status, full.body.error.code, full.headers.get('retry-after')], [503, 'MAILBOX_FULL', '2'])
    edge.router.on('view', () => ({ status: 'unknown' }))
    const open = await edge.call('GET', room)
    assert.deepEqual([open.status, open.body.error.code], [504, 'OUTCOME_UNKNOWN'])
    edge.router.on('view', () => {
      throw new Error('a defect with a secret in it')
    })
    const broken = await edge.call('GET', room)
    assert.deepEqual([broken.status, broken.body.error.code], [500, 'INTERNAL'])
    assert.doesNotMatch(JSON.stringify(broken.body), /secret/)
  })
})

describe('what machines and browsers ask', () => {
  test('health is always 200; readiness says why not', async () => {
    assert.deepEqual((await edge.call('GET', '/health')).body, { status: 'ok' })
    assert.equal((await edge.call('GET', '/health/ready')).status, 200)
    edge.unready.push('redis does not answer')
    const unready = await edge.call('GET', '/health/ready')
    assert.deepEqual([unready.status, unready.body], [503, { status: 'not_ready', reasons: ['redis does not answer'] }])
  })

  test('metrics have all seven names of the service, and labels without ids', async () => {
    await edge.call('GET', room)
    const { body } = await edge.call('GET', '/metrics')
    const text = String(body)
    for (const name of [
      'voice_chat_rooms_created_total',
      'voice_chat_participants_joined_total',
      'voice_chat_signaling_messages_total',
      'voice_chat_webrtc_connections_total',
      'voice_chat_active_rooms',
      'voice_chat_active_participants',
      'voice_chat_audio_quality_score_count',
    ]) {
      assert.match(text, new RegExp(`^${name} 0$`, 'm'))
    }
    assert.match(text, /route="\/api\/v1\/rooms\/:roomId",status="2xx"/)
    assert.doesNotMatch(text, new RegExp(roomId))
  })

  test('metrics that are off are not there', async () => {
    const quiet = await startGateway({ metricsPath: null })
    assert.equal((await quiet.call('GET', '/metrics')).status, 404)
    await quiet.gateway.stop()
  })

  test('the page comes with its type, a policy that runs its own scripts only, and 304 the second time', async () => {
    const page = await edge.call('GET', '/')
    assert.deepEqual([page.status, page.headers.get('content-type')], [200, 'text/html; charset=utf-8'])
    const policy = page.headers.get('content-security-policy') ?? ''
    assert.match(policy, /script-src 'self'(;|$)/)
    assert.match(policy, /connect-src 'self' ws: wss:/)
    const script = await edge.call('GET', '/page.js')
    assert.match(script.headers.get('content-type') ?? '', /^text\/javascript/)
    const again = await rawRequest(edge.httpPort, 'GET', '/page.js', {
      'if-none-match': script.headers.get('etag') ?? '',
    })
    assert.deepEqual(again, { status: 304, body: '' })
    assert.deepEqual((await edge.call('GET', '/config')).body, {
      ws_port: edge.wsPort,
      ws_path: '/ws',
      development: false,
    })
  })

  for (const path of ['/missing.js', '/.env', '/../package.json', '/%2e%2e/package.json', '/..%2f..%2fpackage.json']) {
    test(`${path} is 404 in the table's form`, async () => {
      const answer = await rawRequest(edge.httpPort, 'GET', path, {})
      assert.deepEqual(
        [answer.status, (JSON.parse(answer.body) as { error: { code: string } }).error.code],
        [404, 'NOT_FOUND'],
      )
    })
  }

  test('pages of listed origins may call, others may not', async () => {
    const open = await startGateway({ corsOrigins: ['https://game.example'] })
    const preflight = (origin: string) =>
      fetch(`${open.http}${rooms}`, { method: 'OPTIONS', headers: { origin, 'access-control-request-method': 'POST' } })
    const listed = await preflight('https://game.example')
    assert.deepEqual([listed.status, listed.headers.get('access-control-allow-origin')], [204, 'https://game.example'])
    assert.equal((await preflight('https://evil.example')).headers.get('access-control-allow-origin'), null)
    await open.gateway.stop()
  })
})

describe('tokens for guests', () => {
  test('do not exist in production', async () => {
    const answer = await edge.call('POST', '/dev/tokens', { name: 'Ann' })
    assert.deepEqual([answer.status, answer.body.error.code], [404, 'NOT_FOUND'])
  })

  test('exist in development, for callers on this machine alone', async () => {
    const dev = await startGateway({ development: { signing: { key: secret }, tokenTtlS: 600 } })
    const made = await dev.call('POST', '/dev/tokens', { name: 'Ann Ö' })
    assert.equal(made.status, 201)
    assert.match(made.body.user_id as string, /^guest-Ann-[0-9a-f]{8}$/)
    const guest = await VoiceSocket.connect(dev.ws, made.body.token as string)
    assert.equal((await guest.heard('welcome'))['user_id'], made.body.user_id)
    guest.close()
    const asked = async (headers: Record<string, string>) =>
      (await dev.call('POST', '/dev/tokens', { name: 'Ann' }, headers)).status
    assert.equal(await asked({ 'x-forwarded-for': '8.8.8.8' }), 404)
    assert.equal(await asked({ 'x-real-ip': '8.8.8.8' }), 404)
    assert.equal(await asked({ origin: 'https://voice.example' }), 404)
    assert.equal(await asked({ origin: 'null' }), 404)
    assert.equal(await asked({ origin: dev.http }), 201)
    const rebound = { host: 'evil.example', 'content-type': 'application/json' }
    assert.equal((await rawRequest(dev.httpPort, 'POST', '/dev/tokens', rebound, '{"name":"Ann"}')).status, 404)
    assert.deepEqual((await dev.call('GET', '/config')).body, {
      ws_port: dev.wsPort,
      ws_path: '/ws',
      development: true,
    })
    await dev.gateway.stop()
  })
})

describe('sockets', () => {
  const closedWith = async (frame: unknown) => {
    const client = await VoiceSocket.open(edge.ws)
    client.send(frame)
    return client.closed()
  }

  test('a hello is welcomed with the ICE servers of the deployment', async () => {
    const client = await VoiceSocket.connect(edge.ws, edge.token)
    const welcome = await client.heard('welcome')
    assert.deepEqual(welcome['ice_servers'], [{ urls: ['stun:stun.example:3478'] }])
    client.close()
  })

  test('close codes reach the client', async () => {
    assert.equal(await closedWith({ type: 'ping' }), 4400)
    assert.equal(await closedWith('{'), 4400)
    assert.equal(await closedWith({ type: 'hello', token: signTestToken(`${secret}x`, 'ann') }), 4401)
    assert.equal(
      await closedWith({ type: 'hello', token: signTestToken(secret, 'ann', [], { exp: nowS() - 60 }) }),
      4401,
    )
  })

  test('a token that ends closes the socket, unless another one came', async () => {
    const short = signTestToken(secret, 'ann', [], { exp: nowS() + 2 })
    const [ending, renewed] = [await VoiceSocket.connect(edge.ws, short), await VoiceSocket.connect(edge.ws, short)]
    renewed.send({ type: 'reauth', id: 1, token: edge.token })
    await renewed.heard('reauthenticated')
    assert.equal(await ending.closed(), 4401)
    assert.equal(renewed.closeCode, 0)
    renewed.close()
  })

  test('a frame over 16 KiB closes that socket alone, and is counted', async () => {
    const [big, other] = [
      await VoiceSocket.connect(edge.ws, edge.token),
      await VoiceSocket.connect(edge.ws, edge.token),
    ]
    big.send({ type: 'ping', junk: 'x'.repeat(16 * 1024) })
    assert.equal(await big.closed(), 1006)
    other.send({ type: 'ping' })
    await other.heard('pong')
    assert.equal(other.closeCode, 0)
    assert.match(await edge.registry.metrics(), /^voice_gateway_oversize_frames_total 1$/m)
    other.close()
  })

  test('a frame of exactly 16 KiB is read', async () => {
    const client = await VoiceSocket.connect(edge.ws, edge.token)
    const frame = '{"type":"ping","junk":""}'
    client.send(frame.replace('""', `"${'x'.repeat(16 * 1024 - frame.length)}"`))
    assert.equal((await client.heard('error'))['error'].code, 'VALIDATION_FAILED')
    assert.equal(client.closeCode, 0)
    client.close()
  })

  test('bad frames are answered, and the socket and the process live on', async () => {
    const client = await VoiceSocket.connect(edge.ws, edge.token)
    const bad: readonly (readonly [unknown, string])[] = [
      ['{"type":', 'MALFORMED_JSON'],
      ['[]', 'VALIDATION_FAILED'],
      [{ type: 'dance' }, 'UNKNOWN_FRAME'],
      [{ type: 'join', id: 1, room_id: 'my-room' }, 'VALIDATION_FAILED'],
      [{ type: 'join', id: 'one', room_id: roomId }, 'VALIDATION_FAILED'],
      [{ type: 'signal', id: 1, room_id: roomId, to_user: 'bob', message_type: 'shout' }, 'VALIDATION_FAILED'],
    ]
    for (const [frame, code] of bad) {
      client.frames.length = 0
      client.send(frame)
      assert.equal((await client.heard('error'))['error'].code, code)
    }
    client.send({ type: 'ping' })
    await client.heard('pong')
    client.close()
  })

  test('one join, pushes in order, and nothing older after something newer', async () => {
    const client = await VoiceSocket.connect(edge.ws, edge.token)
    const reply = await client.command({ type: 'join', room_id: roomId })
    assert.deepEqual(reply['value'], { session_id: session, role: 'member', snapshot, ice })
    await waitUntil('the session is held', () => edge.router.held.has(session))
    const push = (epoch: number, seq: number, body: unknown) =>
      edge.gateway.handlePush(edge.router.pushToAll(roomKey(roomId), { epoch, seq }, body))
    push(1, 1, { type: 'snapshot', snapshot })
    push(1, 3, { type: 'events', events: [] })
    push(1, 2, { type: 'events', events: [] })
    push(2, 4, { type: 'snapshot', snapshot })
    push(1, 9, { type: 'events', events: [] })
    push(2, 5, { type: 'events', events: [] })
    await client.heard('events', (frame) => frame['seq'] === 5)
    const pushed = client.frames.filter(({ type }) => type === 'snapshot' || type === 'events')
    assert.deepEqual(
      pushed.map(({ type, epoch, seq }) => [type, Number(epoch), Number(seq)]),
      [
        ['snapshot', 1, 1],
        ['events', 1, 3],
        ['snapshot', 2, 4],
        ['events', 2, 5],
      ],
    )
    client.close()
    await waitUntil('the room hears that the socket is gone', () => edge.router.ofType('detach').length === 1)
    assert.equal(edge.router.ofType('detach')[0]?.options.unsubscribe, session)
  })

  test('a client that does not read is cut off, others are served', async () => {
    const [slow, other] = [
      await VoiceSocket.connect(edge.ws, edge.token),
      await VoiceSocket.connect(edge.ws, edge.token),
    ]
    await slow.command({ type: 'join', room_id: roomId })
    await waitUntil('the session is held', () => edge.router.held.has(session))
    slow.pause()
    const big = { type: 'events', events: [{ text: 'x'.repeat(100_000) }] }
    await waitUntil('the slow socket is given up', () => {
      edge.gateway.handlePush(edge.router.pushToAll(roomKey(roomId), { epoch: 1, seq: 2 }, big))
      return edge.router.ofType('detach').length === 1
    })
    assert.match(await edge.registry.metrics(), /^voice_gateway_refused_total\{code="SLOW_CONSUMER"\} 1$/m)
    other.send({ type: 'ping' })
    await other.heard('pong')
    slow.resume()
    assert.ok([1006, 4413].includes(await slow.closed()))
    other.close()
  })

  test('a client that reads nothing for five seconds is cut off, however little waits for it', async () => {
    const slow = await VoiceSocket.connect(edge.ws, edge.token)
    await slow.command({ type: 'join', room_id: roomId })
    await waitUntil('the session is held', () => edge.router.held.has(session))
    slow.pause()
    const pushed = { type: 'events', events: [{ text: 'x'.repeat(100_000) }] }
    // What the two kernels take is not the gateway's to see: it is filled first, well below a mebibyte of our own.
    await waitUntil('something waits', async () => {
      edge.gateway.handlePush(edge.router.pushToAll(roomKey(roomId), { epoch: 1, seq: 2 }, pushed))
      return /^voice_gateway_slow_sockets 1$/m.test(await edge.registry.metrics())
    })
    const sinceMs = performance.now()
    await waitUntil('the slow socket is given up', () => edge.router.ofType('detach').length === 1, 10_000)
    assert.ok(performance.now() - sinceMs > 4_000)
    slow.resume()
    assert.ok([1006, 4413].includes(await slow.closed()))
  })

  test('a page of a foreign host gets no socket; development lets every page in', async () => {
    const dev = await startGateway({ development: { signing: { key: secret }, tokenTtlS: 600 } })
    const status = (port: number, path: string, origin: string) =>
      new Promise<number>((resolve, reject) => {
        const headers = {
          ...{ origin, connection: 'Upgrade', upgrade: 'websocket' },
          ...{ 'sec-websocket-version': '13', 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==' },
        }
        const req = request({ host: '127.0.0.1', port, path, headers }, (res) => {
          res.resume()
          resolve(res.statusCode ?? 0)
        })
        req.on('upgrade', (res, socket) => {
          socket.destroy()
          resolve(res.statusCode ?? 0)
        })
        req.on('error', reject)
        req.end()
      })
    assert.equal(await status(edge.wsPort, '/ws', 'https://evil.example'), 403)
    assert.equal(await status(edge.wsPort, '/ws', 'http://127.0.0.1:8080'), 101)
    assert.equal(await status(dev.wsPort, '/ws', 'https://evil.example'), 101)
    assert.equal(await status(edge.wsPort, '/other', 'http://127.0.0.1'), 404)
    await dev.gateway.stop()
  })

  test('a gateway that stops sends its clients elsewhere and takes no more', async () => {
    const going = await startGateway()
    const client = await VoiceSocket.connect(going.ws, going.token)
    await going.gateway.stop()
    assert.equal(await client.closed(), 1012)
    assert.equal((await client.heard('error'))['error'].code, 'GATEWAY_STOPPING')
    await assert.rejects(VoiceSocket.open(going.ws))
    await assert.rejects(fetch(`${going.http}/health`))
  })

  test('a taken port stops the start and leaves nothing behind', async () => {
    await assert.rejects(startGateway({ wsPort: edge.wsPort }), { code: 'EADDRINUSE' })
    await assert.rejects(startGateway({ httpPort: edge.httpPort }), { code: 'EADDRINUSE' })
  })
})
