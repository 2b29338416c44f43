import assert from 'node:assert/strict'
import { beforeEach, describe, test } from 'node:test'
import { type SessionId, type UserId } from '../../protocol/ids.ts'
import type { RoomCommand } from '../../protocol/room/commands.ts'
import type { CommandResult } from '../../protocol/cluster/results.ts'
import { settle } from '../../test/support/manual-time.ts'
import { ok, rejected, retryAfter } from '../../test/support/scripted-router.ts'
import { testLimits } from '../../test/support/limits.ts'
import { maxInFlight } from './connection.ts'
import { chromiumOffer } from '../../test/support/call-specimens.ts'

import { joined, key, roomId, session, snapshot, SocketBench, type Frame } from '../../test/support/socket-bench.ts'

let bench: SocketBench
beforeEach(() => void (bench = new SocketBench()))

describe('the first frame', () => {
  test('a good hello is welcomed with what a client has to know', async () => {
    const client = bench.connect()
    await client.say({ type: 'hello', token: 'ann' })
    assert.deepEqual(client.heard, [
      {
        type: 'welcome',
        connection_id: client.connection.id,
        user_id: 'ann',
        resume_token: client.heard[0]?.['resume_token'],
        resumed: false,
        heartbeat_ms: 20_000,
        ice_servers: [],
        ice_expires_at: null,
        limits: { frame_bytes: 16_384, in_flight: 32, sessions: 16 },
      },
    ])
  })

  test('credentials of TURN are told anew before they end, for as long as the connection lasts', async () => {
    bench.ice = { stunServers: [], turnServers: ['turn:t.example'], turnSecret: 'shared' }
    const client = bench.connect()
    await client.say({ type: 'hello', token: 'ann:100000' })
    const told = () => client.heard.filter(({ type }) => type === 'ice_servers')
    await bench.time.advance(2_699_999)
    assert.equal(told().length, 0)
    await bench.time.advance(1)
    const ends = new Date(bench.time.wallMs() + 3_600_000).toISOString()
    assert.deepEqual([told().length, told()[0]?.['ice_expires_at']], [1, ends])
    await bench.time.advance(2_700_000)
    assert.equal(told().length, 2)
    client.connection.closed()
    await bench.time.advance(10_000_000)
    assert.equal(told().length, 2)
  })

  const notHello: readonly (readonly [string, unknown])[] = [
    ['another frame', { type: 'ping' }],
    ['no JSON', '{'],
    ['an unknown frame', { type: 'dance' }],
    ['a hello without a token', { type: 'hello' }],
  ]
  for (const [name, frame] of notHello) {
    test(`${name} ends the connection with 4400`, async () => {
      const client = bench.connect()
      await client.say(frame)
      assert.deepEqual(client.socket.closed, { code: 4400, reason: 'HELLO_EXPECTED' })
      assert.deepEqual(client.codes(), ['HELLO_EXPECTED'])
    })
  }

  test('a bad token ends it with 4401', async () => {
    const client = bench.connect()
    await client.say({ type: 'hello', token: 'bad' })
    assert.deepEqual(client.socket.closed, { code: 4401, reason: 'TOKEN_INVALID' })
  })

  test('silence for 5 s ends it with 4408, and a welcomed client may be silent', async () => {
    const [silent, client] = [bench.connect(), bench.connect()]
    await client.say({ type: 'hello', token: 'ann' })
    await bench.time.advance(4_999)
    assert.equal(silent.socket.closed, null)
    await bench.time.advance(1)
    assert.deepEqual(silent.socket.closed, { code: 4408, reason: 'HELLO_TIMEOUT' })
    assert.equal(client.socket.closed, null)
  })

  test('frames right behind it are carried out after the welcome', async () => {
    const client = bench.connect()
    await client.say({ type: 'hello', token: 'ann' }, { type: 'ping' })
    assert.deepEqual(
      client.heard.map(({ type }) => type),
      ['welcome', 'pong'],
    )
  })

  test('a second hello is refused and the socket stays open', async () => {
    const client = bench.connect()
    await client.say({ type: 'hello', token: 'ann' }, { type: 'hello', token: 'ann' })
    assert.deepEqual([client.codes(), client.socket.closed], [['VALIDATION_FAILED'], null])
  })
})

describe('a connection that is resumed', () => {
  /** A connection of `user` with the resume token that another of `ann` was given. */
  async function resumed({ user = 'ann', token = null as string | null, waitS = 0 } = {}) {
    const first = bench.connect()
    await first.say({ type: 'hello', token: 'ann:1000000' })
    const welcome = first.heard[0]
    first.connection.closed()
    await bench.time.advance(waitS * 1_000)
    const second = bench.connect()
    await second.say({ type: 'hello', token: user, resume_token: token ?? welcome?.['resume_token'] })
    return { second, welcome, again: second.heard[0] }
  }

  test('goes on under its name, so that a command sent again is the same command', async () => {
    const { second, welcome, again } = await resumed()
    assert.deepEqual([again?.['resumed'], again?.['connection_id']], [true, welcome?.['connection_id']])
    bench.router.on('join', () => joined())
    await second.say({ type: 'join', id: 7, room_id: roomId })
    assert.equal(bench.router.ofType('join')[0]?.options.commandId, `${String(welcome?.['connection_id'])}/7`)
  })

  test('is another carrier to its rooms than the socket it had', async () => {
    const { second, welcome } = await resumed()
    await second.say({ type: 'attach', id: 8, room_id: roomId, session_id: session })
    const carrier = bench.router.ofType('attach').at(-1)?.command.connection_id
    assert.equal(carrier, second.connection.id)
    assert.notEqual(carrier, welcome?.['connection_id'])
  })

  test('takes over by a join sent again what its old socket still carries, which is told', async () => {
    const old = await bench.seated()
    const second = bench.connect()
    bench.router.on('join', () => joined())
    await second.say(
      { type: 'hello', token: 'ann', resume_token: old.heard[0]?.['resume_token'] },
      { type: 'join', id: 1, room_id: roomId },
    )
    assert.deepEqual(old.last(), { type: 'session_ended', room_id: roomId, session_id: session, reason: 'replaced' })
    assert.deepEqual([second.last()?.type, second.last()?.['id']], ['reply', 1])
    old.connection.closed()
    await settle()
    assert.deepEqual([bench.router.ofType('detach'), bench.router.held.has(session)], [[], true])
  })

  const refusals: readonly (readonly [string, Parameters<typeof resumed>[0]])[] = [
    ['of another user', { user: 'bob' }],
    ['that nobody signed', { token: 'made.up.token' }],
    ['that is more than a day old', { waitS: 24 * 3_600 + 1 }],
  ]
  for (const [name, how] of refusals) {
    test(`is a new one with a resume token ${name}`, async () => {
      const { second, again } = await resumed(how)
      assert.deepEqual([again?.['resumed'], again?.['connection_id']], [false, second.connection.id])
    })
  }
})

describe('a token that ends', () => {
  test('closes the socket with 4401', async () => {
    const client = bench.connect()
    await client.say({ type: 'hello', token: 'ann:60' })
    await bench.time.advance(59_999)
    assert.equal(client.socket.closed, null)
    await bench.time.advance(1)
    assert.deepEqual(client.socket.closed, { code: 4401, reason: 'TOKEN_EXPIRED' })
  })

  test('is replaced by reauth', async () => {
    const client = bench.connect()
    await client.say({ type: 'hello', token: 'ann:60' }, { type: 'reauth', id: 1, token: 'ann:7200' })
    const expires_at = new Date(bench.time.wallMs() + 7_200_000).toISOString()
    const resume_token = bench.resumeTokens.issue(client.connection.id, 'ann' as UserId)
    assert.deepEqual(client.last(), { type: 'reauthenticated', id: 1, expires_at, resume_token })
    await bench.time.advance(7_199_000)
    assert.equal(client.socket.closed, null)
    await bench.time.advance(1_000)
    assert.deepEqual(client.socket.closed, { code: 4401, reason: 'TOKEN_EXPIRED' })
  })

  test('is not replaced by a bad one or by that of another user', async () => {
    const client = bench.connect()
    await client.say({ type: 'hello', token: 'ann:60' })
    await client.say({ type: 'reauth', id: 1, token: 'bad' }, { type: 'reauth', id: 2, token: 'bob' })
    assert.deepEqual([client.codes(), client.socket.closed], [['TOKEN_INVALID', 'TOKEN_INVALID'], null])
    await bench.time.advance(60_000)
    assert.deepEqual(client.socket.closed, { code: 4401, reason: 'TOKEN_EXPIRED' })
  })
})

describe('a token that is revoked', () => {
  test('closes the sockets it opened with 4401, and no other', async () => {
    const [ann, bob] = [bench.connect(), bench.connect()]
    await ann.say({ type: 'hello', token: 'ann' })
    await bob.say({ type: 'hello', token: 'bob' })
    bench.revoked.add('ann')
    for (const { connection } of [ann, bob]) connection.recheck()
    assert.deepEqual([ann.socket.closed, bob.socket.closed], [{ code: 4401, reason: 'TOKEN_REVOKED' }, null])
  })

  test('opens none that was being greeted meanwhile', async () => {
    const client = bench.connect()
    const said = client.say({ type: 'hello', token: 'ann' })
    bench.revoked.add('ann')
    await said
    assert.deepEqual(client.socket.closed, { code: 4401, reason: 'TOKEN_REVOKED' })
    assert.ok(client.heard.every(({ type }) => type !== 'welcome'))
  })
})

describe('a budget', () => {
  test('of a user that is used up refuses commands by name, and the next one of another kind goes on', async () => {
    bench.limits = testLimits({ signalingRpm: 1 })
    bench.router
      .on('signal', () =>
        ok({ delivered_to: session, connected: true, dropped_candidates: 0, signal_seq: 2_000_000_001 }),
      )
      .on('leave', () => ok({}))
    const client = await bench.seated()
    const signal = { type: 'signal', room_id: roomId, to_user: 'bob', message_type: 'offer', sdp: chromiumOffer }
    for (let id = 2; id < 6; id += 1) await client.say({ ...signal, id })
    const refused = client.heard.filter(({ type }) => type === 'error')
    assert.ok(refused.length >= 2)
    for (const frame of refused) {
      const { code, details } = frame['error'] as { code: string; details: Record<string, unknown> }
      assert.deepEqual([code, details['limit'], frame['retry']], ['RATE_LIMITED', 'signaling', true])
    }
    assert.equal(bench.router.ofType('signal').length, 4 - refused.length)
    await client.say({ type: 'leave', id: 6, room_id: roomId })
    assert.equal(client.last()?.type, 'reply')
  })

  test('of the socket refuses frames by their number, whatever they are, and fills again with time', async () => {
    bench.socketFps = 1
    const client = bench.connect()
    await client.say({ type: 'hello', token: 'ann' }, ...Array.from({ length: 9 }, () => ({ type: 'ping' })))
    await client.say({ type: 'leave', id: 7, room_id: roomId }, '{')
    assert.deepEqual(client.codes(), ['RATE_LIMITED', 'MALFORMED_JSON'])
    const refused = client.heard.find(({ type }) => type === 'error')
    assert.deepEqual([refused?.['id'], refused?.['room_id'], refused?.['retry']], [7, roomId, true])
    assert.equal(bench.router.ofType('leave').length, 0)
    await bench.time.advance(1_000)
    await client.say({ type: 'ping' })
    assert.equal(client.last()?.type, 'pong')
  })

  test('that is never minded ends the socket with 4429', async () => {
    bench.socketFps = 1
    const client = await bench.seated()
    await client.say(...Array.from({ length: 12 }, () => ({ type: 'ping' })))
    assert.deepEqual(client.socket.closed, { code: 4429, reason: 'FLOODING' })
    assert.equal(bench.router.ofType('detach').length, 1)
  })

  test('counts frames that wait for the welcome once', async () => {
    bench.socketFps = 1
    const client = bench.connect()
    await client.say({ type: 'hello', token: 'ann' }, ...Array.from({ length: 9 }, () => ({ type: 'ping' })))
    assert.equal(client.heard.filter(({ type }) => type === 'pong').length, 9)
  })
})

describe('a command', () => {
  test('goes to its room under the connection and the number of the frame', async () => {
    const client = await bench.seated()
    const [asked] = bench.router.ofType('join')
    assert.equal(asked?.key, key)
    assert.equal(asked.options.commandId, `${client.connection.id}/1`)
    assert.deepEqual(asked.command, {
      type: 'join',
      by: { user_id: 'ann', privileges: [] },
      user_id: 'ann',
      username: 'ANN',
      session_id: asked.command.session_id,
      password_hash: null,
    })
    const ice = { ice_servers: [], ice_expires_at: null, ice_transport_policy: 'all' }
    const value = { session_id: session, role: 'member', snapshot, ice }
    assert.deepEqual(client.last(), { type: 'reply', id: 1, status: 'ok', value, room_id: roomId, epoch: 1, seq: 1 })
  })

  test('is refused by an error frame that names it, and the socket stays open', async () => {
    const client = await bench.seated()
    bench.router.on('sanction', () => rejected('FORBIDDEN'))
    await client.say({ type: 'mute', id: 2, room_id: roomId, target_user_id: 'bob' })
    const error = {
      code: 'FORBIDDEN',
      message: 'The caller may not do this.',
      request_id: `${client.connection.id}/2`,
    }
    assert.deepEqual(client.last(), { type: 'error', id: 2, room_id: roomId, retry: false, error })
    assert.equal(client.socket.closed, null)
  })

  const outcomes: readonly (readonly [string, CommandResult, string])[] = [
    ['not carried out', retryAfter('NO_OWNER'), 'NO_OWNER'],
    ['of an unknown outcome', { status: 'unknown' }, 'OUTCOME_UNKNOWN'],
  ]
  for (const [name, result, code] of outcomes) {
    test(`${name} says ${code} and asks for the same number again`, async () => {
      const client = await bench.seated()
      bench.router.on('lift', () => result)
      await client.say({ type: 'unmute', id: 2, room_id: roomId, target_user_id: 'bob' })
      assert.deepEqual([client.codes(), client.last()?.['retry']], [[code], true])
      await client.say({ type: 'unmute', id: 2, room_id: roomId, target_user_id: 'bob' })
      const ids = bench.router.ofType('lift').map(({ options }) => options.commandId)
      assert.equal(new Set(ids).size, 1)
    })
  }

  test('to one room waits for the one before it, and not for other rooms', async () => {
    const other = '0b0e7a4e-7f0c-4a52-9d39-6a5a3b9d0c12'
    let answer: (result: CommandResult) => void = () => undefined
    bench.router.on('join', ({ key: to }) =>
      to === key
        ? new Promise((resolve) => (answer = resolve))
        : joined('22222222-2222-4222-8222-222222222222' as SessionId),
    )
    bench.router.on('set_flags', () => ok(null))
    const client = bench.connect()
    await client.say(
      { type: 'hello', token: 'ann' },
      { type: 'join', id: 1, room_id: roomId },
      { type: 'set_flags', id: 2, room_id: roomId, flags: { self_muted: true } },
      { type: 'join', id: 3, room_id: other },
    )
    assert.deepEqual(
      client.heard.map((frame) => frame['id']),
      [undefined, 3],
    )
    answer(joined())
    await settle()
    assert.deepEqual(
      client.heard.map((frame) => frame['id']),
      [undefined, 3, 1, 2],
    )
    assert.equal(bench.router.ofType('set_flags')[0]?.command.session_id, session)
  })

  test('beyond 32 in flight is refused, and there is room again when one is answered', async () => {
    const client = await bench.seated()
    const answers: ((result: CommandResult) => void)[] = []
    bench.router.on('sanction', () => new Promise((resolve) => answers.push(resolve)))
    const mute = (id: number) => ({ type: 'mute', id, room_id: roomId, target_user_id: 'bob' })
    await client.say(...Array.from({ length: maxInFlight }, (_, index) => mute(index + 2)))
    assert.deepEqual(client.codes(), [])
    await client.say(mute(100))
    assert.deepEqual(client.last()?.['id'], 100)
    assert.deepEqual([client.codes(), client.last()?.['retry']], [['TOO_MANY_IN_FLIGHT'], true])
    answers[0]?.(ok(null))
    await settle()
    await client.say(mute(100))
    assert.deepEqual(client.codes(), ['TOO_MANY_IN_FLIGHT'])
  })

  test('names the one room that hears the microphone, and new owners are told it again', async () => {
    const other = '0b0e7a4e-7f0c-4a52-9d39-6a5a3b9d0c12'
    const second = '22222222-2222-4222-8222-222222222222' as SessionId
    bench.router.on('join', ({ key: to }) => joined(to === key ? session : second))
    bench.router.on('set_transmit', () => ok(null))
    bench.router.on('leave', () => ok({}))
    const client = bench.connect()
    await client.say(
      { type: 'hello', token: 'ann' },
      { type: 'join', id: 1, room_id: roomId },
      { type: 'join', id: 2, room_id: other },
      { type: 'transmit', id: 3, room_id: roomId, to: 'room' },
    )
    const told = bench.router.ofType('set_transmit').map(({ command }) => [command.session_id, command.transmit])
    assert.deepEqual(told, [
      [session, { to: 'room' }],
      [second, { to: 'none' }],
    ])
    const again = bench.router.held.get(second)?.session.reattach() as { transmit: unknown }
    assert.deepEqual(again.transmit, { to: 'none' })
    await client.say({ type: 'leave', id: 4, room_id: roomId }, { type: 'join', id: 5, room_id: roomId })
    const { transmit } = bench.router.held.get(session)?.session.reattach() as { transmit: unknown }
    assert.deepEqual(transmit, { to: 'none' }, 'back in the room, the microphone is for nobody yet')
  })

  test('that needs a seat here is refused without one', async () => {
    const client = bench.connect()
    await client.say(
      { type: 'hello', token: 'ann' },
      { type: 'signal', id: 1, room_id: roomId, to_user: 'bob', message_type: 'offer' },
      { type: 'set_flags', id: 2, room_id: roomId, flags: {} },
    )
    assert.deepEqual(client.codes(), ['SESSION_NOT_FOUND', 'SESSION_NOT_FOUND'])
    assert.equal(bench.router.asked.length, 0)
  })

  test('with the wrong password never reaches the room', async () => {
    const client = bench.connect()
    bench.router.on('join', () => joined())
    await client.say({ type: 'hello', token: 'ann' }, { type: 'join', id: 1, room_id: roomId, password: 'x' })
    assert.deepEqual([client.codes(), bench.router.asked.length], [['PASSWORD_WRONG'], 0])
    await client.say({ type: 'join', id: 2, room_id: roomId, password: 'sesame' })
    assert.equal(bench.router.ofType('join')[0]?.command.password_hash, 'sesame')
  })

  test('whose handling throws what nobody expected is INTERNAL, and the next one is served', async () => {
    const client = await bench.seated()
    bench.router.on('lift', () => {
      throw new Error('a defect')
    })
    await client.say({ type: 'unmute', id: 2, room_id: roomId, target_user_id: 'bob' }, { type: 'ping' })
    assert.deepEqual(
      client.heard
        .slice(-2)
        .map(({ type }) => type)
        .sort(),
      ['error', 'pong'],
    )
    assert.deepEqual([client.codes(), client.socket.closed], [['INTERNAL'], null])
  })
})

describe('a frame that is not understood', () => {
  const bad: readonly (readonly [string, unknown, string])[] = [
    ['no JSON', '{"type":', 'MALFORMED_JSON'],
    ['an unknown type', { type: 'dance', id: 7 }, 'UNKNOWN_FRAME'],
    ['a bad room id', { type: 'join', id: 7, room_id: 'my-room' }, 'VALIDATION_FAILED'],
    ['a number for a text', { type: 'mute', id: 7, room_id: roomId, target_user_id: 5 }, 'VALIDATION_FAILED'],
    [
      'a mute of no time',
      { type: 'mute', id: 7, room_id: roomId, target_user_id: 'bob', duration: 0 },
      'VALIDATION_FAILED',
    ],
    ['a command without a number', { type: 'leave', room_id: roomId }, 'VALIDATION_FAILED'],
    ['an unknown field', { type: 'leave', id: 7, room_id: roomId, loud: true }, 'VALIDATION_FAILED'],
  ]
  for (const [name, frame, code] of bad) {
    test(`${name} is answered ${code}; the socket stays open`, async () => {
      const client = bench.connect()
      await client.say({ type: 'hello', token: 'ann' }, frame, { type: 'ping' })
      assert.deepEqual([client.codes(), client.socket.closed, client.last()?.type], [[code], null, 'pong'])
      const error = client.heard.find(({ type }) => type === 'error')
      assert.equal(error?.['id'], JSON.stringify(frame).includes('"id":7') ? 7 : undefined)
    })
  }
})

describe('a session that a connection carries', () => {
  test('is announced behind the answer to the join, and held for every later owner', async () => {
    const client = await bench.seated()
    const [attach] = bench.router.ofType('attach')
    const connection_id = client.connection.id
    assert.deepEqual(attach?.command, { type: 'attach', user_id: 'ann', session_id: session, flags: {}, connection_id })
    assert.equal(attach.options.subscribe, session)
    assert.equal(bench.router.held.get(session)?.attachedEpoch, 1)
  })

  test('is told again with its latest flags', async () => {
    const client = await bench.seated()
    bench.router.on('set_flags', () => ok(null))
    await client.say(
      { type: 'set_flags', id: 2, room_id: roomId, flags: { self_muted: true } },
      { type: 'set_flags', id: 3, room_id: roomId, flags: { hand_raised: true } },
    )
    const flags = { self_muted: true, hand_raised: true }
    const again = bench.router.held.get(session)?.session.reattach()
    const connection_id = client.connection.id
    assert.deepEqual(again, { type: 'attach', user_id: 'ann', session_id: session, flags, connection_id })
  })

  test('is left to the router where its announcement found no owner', async () => {
    bench.router.on('attach', () => retryAfter('RETRY_LATER'))
    const client = await bench.seated()
    assert.equal(bench.router.held.get(session)?.attachedEpoch, 0)
    assert.deepEqual(
      client.heard.map(({ type }) => type),
      ['welcome', 'reply'],
    )
  })

  test('that no owner takes back has ended, and the client is told', async () => {
    const client = await bench.seated()
    bench.router.held.get(session)?.session.onLost('SESSION_NOT_FOUND')
    assert.deepEqual(client.last(), { type: 'session_ended', room_id: roomId, session_id: session, reason: 'lapsed' })
    assert.deepEqual([bench.sessions.size, bench.router.held.size], [0, 0])
  })

  test('is detached when the socket goes, so that the others see it at once', async () => {
    const client = await bench.seated()
    client.connection.closed()
    const [detach] = bench.router.ofType('detach')
    assert.deepEqual(detach?.command, { type: 'detach', session_id: session, connection_id: client.connection.id })
    assert.deepEqual([detach.options.unsubscribe, detach.options.activate], [session, false])
    assert.deepEqual([bench.sessions.size, bench.router.held.size], [0, 0])
  })

  test('is not carried when the socket went while it was joining', async () => {
    let answer: (result: CommandResult) => void = () => undefined
    bench.router.on('join', () => new Promise((resolve) => (answer = resolve)))
    const client = bench.connect()
    await client.say({ type: 'hello', token: 'ann' }, { type: 'join', id: 1, room_id: roomId })
    client.connection.closed()
    answer(joined())
    await settle()
    assert.deepEqual([bench.sessions.size, bench.router.held.size, bench.router.ofType('attach').length], [0, 0, 0])
  })

  test('ends with a leave, which takes it off the list of its node', async () => {
    const client = await bench.seated()
    bench.router.on('leave', () => ok({ session_id: session, user_id: 'ann' }))
    await client.say({ type: 'leave', id: 2, room_id: roomId })
    assert.equal(bench.router.ofType('leave')[0]?.options.unsubscribe, session)
    assert.deepEqual([bench.sessions.size, bench.router.held.size, bench.router.ofType('detach').length], [0, 0, 0])
  })

  test('a join sent twice is one seat and one announcement', async () => {
    const client = await bench.seated()
    await client.say({ type: 'join', id: 1, room_id: roomId })
    assert.equal(client.heard.filter(({ type }) => type === 'reply').length, 2)
    assert.deepEqual([bench.sessions.size, bench.router.ofType('attach').length], [1, 1])
  })

  test('the seventeenth room of one connection is refused, a room it has is not', async () => {
    const client = bench.connect()
    let made = 0
    bench.router.on('join', () => {
      made += 1
      return joined(`11111111-1111-4111-8111-${String(made).padStart(12, '0')}` as SessionId)
    })
    const join = (id: number, room: number) => ({
      type: 'join',
      id,
      room_id: `0b0e7a4e-7f0c-4a52-9d39-${String(room).padStart(12, '0')}`,
    })
    await client.say(
      { type: 'hello', token: 'ann' },
      ...Array.from({ length: 17 }, (_, index) => join(index + 1, index)),
    )
    assert.deepEqual([client.codes(), bench.sessions.size], [['TOO_MANY_SESSIONS'], 16])
    await client.say(join(18, 3))
    assert.deepEqual([client.codes().length, bench.sessions.size], [1, 16])
  })

  test('moves to the connection that attaches it, and the one before is told', async () => {
    const first = await bench.seated()
    const second = bench.connect()
    await second.say({ type: 'hello', token: 'ann' }, { type: 'attach', id: 1, room_id: roomId, session_id: session })
    assert.equal(second.last()?.type, 'reply')
    const ended = { type: 'session_ended', room_id: roomId, session_id: session, reason: 'replaced' }
    assert.deepEqual(first.last(), ended)
    // Taken off the node's list first, so that the second connection gets a snapshot.
    const options = bench.router
      .ofType('attach')
      .map(({ options: { subscribe, unsubscribe } }) => ({ subscribe, unsubscribe }))
    assert.deepEqual(options, [
      { subscribe: session, unsubscribe: undefined },
      { subscribe: undefined, unsubscribe: session },
      { subscribe: session, unsubscribe: undefined },
    ])
    first.connection.closed()
    assert.deepEqual([bench.router.ofType('detach').length, bench.sessions.size], [0, 1])
    bench.pushes.deliver(bench.router.pushToAll(key, { epoch: 1, seq: 2 }, { type: 'events', events: [] }))
    assert.deepEqual([first.last()?.type, second.last()?.type], ['session_ended', 'events'])
  })

  test('whose take-over has no answer is given back, and so is one of a socket that went meanwhile', async () => {
    const attach = { type: 'attach', id: 1, room_id: roomId, session_id: session }
    const client = bench.connect()
    bench.router.on('attach', () => ({ status: 'unknown' }))
    await client.say({ type: 'hello', token: 'ann' }, attach)
    assert.deepEqual(client.codes(), ['OUTCOME_UNKNOWN'])
    let answer: (result: CommandResult) => void = () => undefined
    bench.router.on('attach', () => new Promise((resolve) => (answer = resolve)))
    await client.say({ ...attach, id: 2 })
    client.connection.closed()
    answer(ok({ session_id: session, role: 'member' }))
    await settle()
    const detached = bench.router.ofType('detach').map(({ command, options }) => [command, options.unsubscribe])
    const command = { type: 'detach', session_id: session, connection_id: client.connection.id }
    assert.deepEqual(detached, [
      [command, session],
      [command, session],
    ])
    assert.deepEqual([bench.sessions.size, bench.router.held.size], [0, 0])
  })

  test('that is taken over without being announced has ended for the connection before it', async () => {
    const first = await bench.seated()
    const second = bench.connect()
    bench.router.on('attach', ({ options }) => (options.subscribe ? retryAfter('NO_OWNER') : ok(null)))
    await second.say({ type: 'hello', token: 'ann' }, { type: 'attach', id: 1, room_id: roomId, session_id: session })
    assert.deepEqual(second.codes(), ['NO_OWNER'])
    assert.deepEqual([first.last()?.type, first.last()?.['reason']], ['session_ended', 'replaced'])
    assert.deepEqual([bench.sessions.size, bench.router.held.size], [0, 0])
  })

  test('of another user cannot be attached', async () => {
    const first = await bench.seated()
    bench.router.on('attach', () => rejected('SESSION_NOT_FOUND'))
    const second = bench.connect()
    await second.say({ type: 'hello', token: 'bob' }, { type: 'attach', id: 1, room_id: roomId, session_id: session })
    assert.deepEqual(second.codes(), ['SESSION_NOT_FOUND'])
    bench.pushes.deliver(bench.router.pushToAll(key, { epoch: 1, seq: 2 }, { type: 'events', events: [] }))
    assert.deepEqual([first.last()?.type, second.last()?.type], ['events', 'error'])
  })
})

describe('pushes of a room', () => {
  const push = (epoch: number, seq: number, body: unknown) =>
    bench.pushes.deliver(bench.router.pushToAll(key, { epoch, seq }, body))
  const events = { type: 'events', events: [{ type: 'room.closed' }] }
  const positions = (frames: readonly Frame[]) => frames.map(({ epoch, seq }) => [epoch, seq])

  test('an older position never comes after a newer one; an equal one does', async () => {
    const client = await bench.seated()
    client.heard.length = 0
    const sent = [
      [1, 2],
      [1, 3],
      [1, 2],
      [1, 3],
      [2, 1],
      [1, 9],
      [2, 2],
    ] as const
    for (const [epoch, seq] of sent) push(epoch, seq, events)
    assert.deepEqual(positions(client.heard), [
      [1, 2],
      [1, 3],
      [1, 3],
      [2, 1],
      [2, 2],
    ])
  })

  test('what the answer to the join had already told is not told again', async () => {
    bench.router.on('join', () => joined(session, 5))
    const client = bench.connect()
    await client.say({ type: 'hello', token: 'ann' }, { type: 'join', id: 1, room_id: roomId })
    push(1, 4, events)
    assert.equal(client.last()?.type, 'reply')
  })

  test('each kind becomes its frame', async () => {
    const client = await bench.seated()
    client.heard.length = 0
    const at = { room_id: roomId, epoch: 1, seq: 2 }
    const signal = {
      type: 'signal',
      session_id: session,
      from_session: 's',
      from_user: 'bob',
      message_type: 'offer',
      sdp: 'v=0',
    }
    push(1, 2, { type: 'snapshot', snapshot })
    push(1, 2, events)
    push(1, 2, { type: 'presence', participant: { user_id: 'bob' } })
    push(1, 2, signal)
    push(1, 2, { type: 'of a later version' })
    push(1, 2, { type: 'session_ended', session_id: session, reason: 'room_closed' })
    assert.deepEqual(client.heard, [
      { type: 'snapshot', session_id: session, ...snapshot, ...at },
      { ...events, ...at },
      { type: 'presence', participant: { user_id: 'bob' }, ...at },
      { ...signal, ...at },
      { type: 'session_ended', room_id: roomId, session_id: session, reason: 'room_closed' },
    ])
    assert.deepEqual([bench.sessions.size, bench.router.held.size], [0, 0])
  })

  test('one that was larger than a frame between processes is said to be missing, and the next ones come', async () => {
    const client = await bench.seated()
    client.heard.length = 0
    push(1, 2, { type: 'too_large' })
    push(1, 3, events)
    const [missing, next] = client.heard
    assert.deepEqual(
      [missing?.type, missing?.['room_id'], missing?.['retry'], (missing?.['error'] as { code: string }).code],
      ['error', roomId, false, 'TOO_LARGE'],
    )
    assert.equal(next?.type, 'events')
  })

  test('a client that falls behind is closed with 4413, and its session goes back to its room', async () => {
    const client = await bench.seated()
    client.socket.behind = true
    push(1, 2, events)
    assert.deepEqual(client.socket.closed, { code: 4413, reason: 'SLOW_CONSUMER' })
    assert.equal(bench.router.ofType('detach').length, 1)
    const heard = client.heard.length
    push(1, 3, events)
    assert.equal(client.heard.length, heard)
  })
})

describe('signals', () => {
  const candidate = 'candidate:1 1 udp 1 192.0.2.1 9 typ host'
  const frame = { type: 'signal', id: 2, room_id: roomId, to_user: 'bob', message_type: 'candidate', candidate }
  const numberOf = (command: RoomCommand) => (command.type === 'signal' ? command.signal_seq : undefined)
  const push = (epoch: number, seq: number, body: unknown) =>
    bench.pushes.deliver(bench.router.pushToAll(key, { epoch, seq }, body))

  test('that are none are refused with the line and the reason, and no room hears of them', async () => {
    const client = await bench.seated()
    const about = { type: 'signal', room_id: roomId, to_user: 'bob' }
    const video = chromiumOffer.replace('m=audio', 'm=video')
    await client.say(
      { ...about, id: 2, message_type: 'offer', sdp: video },
      { ...about, id: 3, message_type: 'candidate', candidate: 'candidate:1 1 udp 1 metadata.internal 9 typ host' },
      { ...about, id: 4, message_type: 'offer' },
    )
    const refused = client.heard.slice(-3).map((frame) => frame['error'] as { code: string; details: unknown })
    assert.deepEqual(
      refused.map(({ code, details }) => [code, details]),
      [
        ['SIGNAL_INVALID', { field: 'sdp', reason: 'the media is not audio', line: 8 }],
        ['SIGNAL_INVALID', { field: 'candidate', reason: 'it is not a candidate of RFC 8839' }],
        ['SIGNAL_INVALID', { field: 'sdp', reason: 'it is missing' }],
      ],
    )
    assert.deepEqual(bench.router.ofType('signal'), [])
  })

  test('are numbered, kept, and told to the next owner of the room until they are confirmed', async () => {
    const receiver = '22222222-2222-4222-8222-222222222222' as SessionId
    bench.router.on('attach', () => ok({ session_id: session, role: 'member', last_signal_seq: 1_000_000_000 }))
    const client = await bench.seated()
    bench.router.on('signal', ({ command }) =>
      ok({ ...{ delivered_to: receiver, connected: true, dropped_candidates: 0 }, signal_seq: numberOf(command) }),
    )
    for (const id of [2, 3]) await client.say({ ...frame, id })
    const sent = bench.router.ofType('signal').map(({ command }) => command)
    assert.deepEqual(
      sent.map(({ signal_seq: seq, connection_id: by }) => [seq, by]),
      [1_000_000_001, 1_000_000_002].map((seq) => [seq, client.connection.id]),
    )
    const told = () => (bench.router.held.get(session)?.session.reattach() as { unconfirmed?: unknown }).unconfirmed
    const kept = { to_session: receiver, message_type: 'candidate', candidate }
    assert.deepEqual(told(), [
      { ...kept, signal_seq: 1_000_000_001 },
      { ...kept, signal_seq: 1_000_000_002 },
    ])
    const confirmed = (seq: number) => {
      const senders = [{ session_id: session, signal_seq: seq }]
      return { type: 'signals_confirmed', by: receiver, senders }
    }
    push(1, 1, confirmed(1_000_000_001))
    assert.deepEqual(told(), [{ ...kept, signal_seq: 1_000_000_002 }])
    push(1, 1, confirmed(1_000_000_002))
    assert.equal(told(), undefined)
  })

  test('wait for a room that does not know the connection yet, for some seconds', async () => {
    const client = await bench.seated()
    let refusals = 0
    bench.router.on('signal', () => ((refusals += 1) < 4 ? rejected('RETRY_LATER') : rejected('PARTICIPANT_NOT_FOUND')))
    await client.say(frame)
    await bench.time.advance(100)
    assert.deepEqual([refusals, (client.last()?.['error'] as { code: string }).code], [4, 'PARTICIPANT_NOT_FOUND'])
    bench.router.on('signal', () => rejected('RETRY_LATER'))
    await client.say({ ...frame, id: 3 })
    await bench.time.advance(4_900)
    assert.equal(client.last()?.['id'], 2)
    await bench.time.advance(100)
    assert.deepEqual([client.last()?.['id'], client.last()?.['retry']], [3, true])
  })

  test('that come twice reach the socket once, and are confirmed to the room together', async () => {
    bench.router.on('signals_heard', () => ok(null))
    const client = await bench.seated()
    const from = '22222222-2222-4222-8222-222222222222'
    const about = {
      type: 'signal',
      session_id: session,
      from_session: from,
      from_user: 'bob',
      message_type: 'candidate',
    }
    const come = (...numbers: number[]) => {
      for (const signal_seq of numbers) push(1, 1, { ...about, candidate, signal_seq })
    }
    const heard = () => client.heard.filter(({ type }) => type === 'signal').map((signal) => signal['signal_seq'])
    come(1, 2, 2, 1, 3)
    assert.deepEqual(heard(), [1, 2, 3])
    const ack = { type: 'signal_ack', room_id: roomId, from_session: from }
    await client.say({ ...ack, signal_seq: 2 }, { ...ack, signal_seq: 3 })
    assert.deepEqual(bench.router.ofType('signals_heard'), [])
    await bench.time.advance(300)
    const said = () => bench.router.ofType('signals_heard').map(({ command }) => command.heard)
    assert.deepEqual(said(), [[{ from_session: from, signal_seq: 3 }]])
    // A new owner does not know.
    come(3)
    await bench.time.advance(300)
    assert.equal(said().length, 2)
    assert.deepEqual(heard(), [1, 2, 3])
  })

  test('whose confirmation a room did not take are confirmed again; those that never came are not', async () => {
    const client = await bench.seated()
    const from = '22222222-2222-4222-8222-222222222222'
    const signal = { type: 'signal', session_id: session, from_user: 'bob', message_type: 'renegotiate', signal_seq: 1 }
    push(1, 1, { ...signal, from_session: from })
    bench.router.on('signals_heard', () => retryAfter('NO_OWNER'))
    const ack = { type: 'signal_ack', room_id: roomId, signal_seq: 1 }
    await client.say({ ...ack, from_session: session }, { ...ack, from_session: from })
    await bench.time.advance(300)
    bench.router.on('signals_heard', () => ok(null))
    await bench.time.advance(2_000)
    const said = bench.router.ofType('signals_heard').map(({ command }) => command.heard)
    assert.deepEqual(said, [[{ from_session: from, signal_seq: 1 }], [{ from_session: from, signal_seq: 1 }]])
  })

  test('are handed on without the attributes that nobody has to know', async () => {
    const client = await bench.seated()
    bench.router.on('signal', () =>
      ok({ delivered_to: session, connected: true, dropped_candidates: 0, signal_seq: 2_000_000_001 }),
    )
    const sdp = chromiumOffer.replace('a=rtcp-mux', 'a=x-new:1\r\na=rtcp-mux')
    await client.say({ type: 'signal', id: 2, room_id: roomId, to_user: 'bob', message_type: 'offer', sdp })
    assert.equal(bench.router.ofType('signal')[0]?.command.sdp, chromiumOffer)
  })

  test('that a room has taken are handed to the records; those it refused are not', async () => {
    const client = await bench.seated()
    const receiver = '22222222-2222-4222-8222-222222222222' as SessionId
    bench.router.on('signal', () => rejected('PARTICIPANT_NOT_FOUND'))
    await client.say(frame)
    assert.deepEqual(bench.calls.signals, [])
    bench.router.on('signal', () =>
      ok({ delivered_to: receiver, connected: false, dropped_candidates: 0, signal_seq: 2_000_000_001 }),
    )
    await client.say({ ...frame, id: 3 })
    assert.deepEqual(bench.calls.signals, [
      {
        from: { sessionId: session, roomId, userId: 'ann' },
        toUser: 'bob',
        toSession: receiver,
        messageType: 'candidate',
        sdp: undefined,
        candidate,
        isReliable: false,
      },
    ])
  })
})

describe('what clients measure', () => {
  test('is counted for rooms they are in, and not answered', async () => {
    const client = await bench.seated()
    client.heard.length = 0
    const stranger = '0b0e7a4e-7f0c-4a52-9d39-6a5a3b9d0c99'
    for (const room of [roomId, stranger]) {
      await client.say(
        { type: 'link', room_id: room, peer_session_id: session, state: 'connected' },
        { type: 'link', room_id: room, peer_session_id: session, state: 'failed' },
        { type: 'quality', room_id: room, quality_score: 0.75 },
      )
    }
    assert.deepEqual(client.heard, [])
    const text = await bench.registry.metrics()
    assert.match(text, /^voice_chat_webrtc_connections_total 1$/m)
    assert.match(text, /^voice_chat_webrtc_failures_total 1$/m)
    assert.match(text, /^voice_chat_audio_quality_score_count 1$/m)
    assert.match(text, /^voice_chat_audio_quality_score_sum 0.75$/m)
    const seat = { sessionId: session, roomId, userId: 'ann' }
    assert.deepEqual(bench.calls.links, [
      { session: seat, state: 'connected' },
      { session: seat, state: 'failed' },
    ])
    assert.deepEqual(
      bench.calls.reports.map(({ session: of, report }) => [of, report]),
      [[seat, { quality_score: 0.75 }]],
    )
  })

  test('is refused where it says nothing', async () => {
    const client = await bench.seated()
    await client.say({ type: 'quality', room_id: roomId, packet_loss_rate: 0.1 })
    assert.deepEqual(client.codes(), ['VALIDATION_FAILED'])
    assert.deepEqual(bench.calls.reports, [])
  })

  test('brings a hint after three bad reports, and the same one again only after half a minute', async () => {
    const client = await bench.seated()
    client.heard.length = 0
    const bad = { type: 'quality', room_id: roomId, packet_loss_rate: 0.15, jitter_ms: 9, round_trip_time: 80 }
    for (let report = 0; report < 9; report += 1) {
      await client.say(bad)
      await bench.time.advance(5_000)
    }
    const hint = { type: 'hint', room_id: roomId, session_id: session, hint: 'lower_bitrate', reason: 'loss' }
    assert.deepEqual(client.heard, [hint, hint])
  })
})
