import assert from 'node:assert/strict'
import { describe, mock, test, type TestContext } from 'node:test'
import type { ClientFrame } from '../../../protocol/client/frames.ts'
import { VoiceClient, type Listener } from './voice-client.js'

/** A socket whose other end is the test. */
class FakeSocket extends EventTarget {
  readyState = 0
  readonly sent: ClientFrame[] = []

  send(data: string) {
    this.sent.push(JSON.parse(data) as ClientFrame)
  }

  close() {
    this.readyState = 3
  }

  opened() {
    this.readyState = 1
    this.dispatchEvent(new Event('open'))
  }

  says(frame: object) {
    this.dispatchEvent(Object.assign(new Event('message'), { data: JSON.stringify(frame) }))
  }

  lost(code = 1006) {
    this.readyState = 3
    this.dispatchEvent(Object.assign(new Event('close'), { code }))
  }

  /** The latest frame of this type. */
  last(type: ClientFrame['type']) {
    const frame = this.sent.findLast((each) => each.type === type)
    assert.ok(frame, `${type} was not sent`)
    return frame as ClientFrame & { id: number; session_id?: string }
  }

  types() {
    return this.sent.map(({ type }) => type)
  }
}

const room = 'room-1'
const welcome = {
  type: 'welcome',
  heartbeat_ms: 20_000,
  ice_servers: [],
  limits: { frame_bytes: 16_384, in_flight: 32, sessions: 16 },
}
const snapshotOf = (...sessions: string[]) => ({
  room: { name: 'Hall' },
  participants: sessions.map((id) => ({ session_id: id, user_id: `u-${id}`, username: id })),
  sanctions: [],
})
const reply = (id: number, value: unknown, at = { epoch: 1, seq: 1 }) => ({
  type: 'reply',
  id,
  status: 'ok',
  room_id: room,
  ...at,
  value,
})
const refusal = (id: number, code: string) => ({
  type: 'error',
  id,
  room_id: room,
  retry: false,
  error: { code, message: code },
})
/** Promises behind what was just said have run. */
const settled = () => new Promise((resolve) => setImmediate(resolve))

/** A client in the room as session s1, with timers that the test moves. */
async function inRoom(t: TestContext, listener: Listener = {}) {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval'] })
  t.after(() => mock.timers.reset())
  const sockets: FakeSocket[] = []
  const client = new VoiceClient({
    url: 'ws://gateway/ws',
    token: 'token',
    listener,
    openSocket: () => {
      const socket = new FakeSocket()
      sockets.push(socket)
      return socket as unknown as WebSocket
    },
  })
  const connected = client.connect()
  const socket = sockets[0]!
  socket.opened()
  assert.deepEqual(socket.sent, [{ type: 'hello', token: 'token' }])
  socket.says(welcome)
  await connected
  const joined = client.join(room, { username: 'Ann', password: 'pass' })
  socket.says(reply(socket.last('join').id, { session_id: 's1', role: 'member', snapshot: snapshotOf('s1') }))
  await joined
  /** The next socket, welcomed, after the present one was lost. */
  const reconnect = async (greeting: object = welcome) => {
    sockets.at(-1)!.lost()
    await settled()
    mock.timers.tick(5_000)
    const next = sockets.at(-1)!
    next.opened()
    next.says(greeting)
    await settled()
    return next
  }
  return { client, socket, sockets, reconnect }
}

describe('the client', () => {
  test('has the room of its join at once', async (t) => {
    const { client } = await inRoom(t)
    assert.equal(client.seat(room)?.sessionId, 's1')
    assert.deepEqual([...client.seat(room)!.roster.participants.keys()], ['s1'])
  })

  test('resumes with the token it was given, and sends what was not answered under the old numbers', async (t) => {
    const { client, socket, reconnect } = await inRoom(t)
    socket.says({ ...welcome, resume_token: 'resume' })
    const muted = client.mute(room, 'u-bob', 10)
    const number = socket.last('mute').id
    const next = await reconnect({ ...welcome, resumed: true, resume_token: 'resume more' })
    assert.deepEqual(next.sent[0], { type: 'hello', token: 'token', resume_token: 'resume' })
    next.says(reply(next.last('attach').id, { session_id: 's1', role: 'member' }))
    await settled()
    assert.equal(next.last('mute').id, number)
    next.says(reply(number, {}))
    await muted
  })

  test('attaches its seat on the next connection before anything else is said to the room', async (t) => {
    const { client, socket, reconnect } = await inRoom(t)
    const muted = client.mute(room, 'u-bob', 10)
    assert.equal(socket.last('mute').id, 2)
    const next = await reconnect()
    assert.deepEqual(next.types(), ['hello', 'attach'])
    assert.equal(next.last('attach').session_id, 's1')
    next.says(reply(next.last('attach').id, { session_id: 's1', role: 'member' }, { epoch: 2, seq: 3 }))
    await settled()
    assert.deepEqual(next.types().slice(2), ['mute', 'set_flags'])
    next.says(reply(next.last('mute').id, {}, { epoch: 2, seq: 4 }))
    assert.equal((await muted).epoch, 2)
    assert.equal(client.socketsMade, 2)
  })

  test('links with everybody again where the room it attaches to has grown small meanwhile', async (t) => {
    const { client, socket, reconnect } = await inRoom(t)
    const at = { room_id: room, session_id: 's1', epoch: 1, seq: 1 }
    socket.says({ type: 'links', ...at, links: ['s2'] })
    assert.deepEqual(client.seat(room)?.roster.links, ['s2'])
    const next = await reconnect()
    next.says(reply(next.last('attach').id, { session_id: 's1', role: 'member', mesh: 'chosen' }))
    await settled()
    assert.deepEqual(client.seat(room)?.roster.links, ['s2'])
    const third = await reconnect()
    third.says(reply(third.last('attach').id, { session_id: 's1', role: 'member', mesh: 'full' }))
    await settled()
    assert.equal(client.seat(room)?.roster.links, null)
  })

  test('speaks at once to whom it is told to, as before where the room refuses, and says it again on the next connection', async (t) => {
    const { client, socket, reconnect } = await inRoom(t)
    const refused = client.transmit(room, 'whisper', ['bob'])
    assert.deepEqual(client.target, { to: 'whisper', roomId: room, users: ['bob'] })
    socket.says(refusal(socket.last('transmit').id, 'FORBIDDEN'))
    await assert.rejects(refused, /FORBIDDEN/)
    assert.deepEqual(client.target, { to: 'all' })
    const heard = client.transmit(room, 'room')
    socket.says(reply(socket.last('transmit').id, null))
    await heard
    const next = await reconnect()
    next.says(reply(next.last('attach').id, { session_id: 's1', role: 'member', mesh: 'full' }))
    await settled()
    const { id: _, ...said } = next.last('transmit') as ClientFrame & { type: 'transmit' }
    assert.deepEqual(said, { type: 'transmit', room_id: room, to: 'room' })
    void client.leave(room)
    assert.deepEqual(client.target, { to: 'all' })
  })

  test('tells the followers of a room of that room alone', async (t) => {
    const { client, socket } = await inRoom(t)
    const told: string[] = []
    client.follow(room, { onRoster: () => told.push('here') })
    client.follow('room-2', { onRoster: () => told.push('there') })
    socket.says({ type: 'snapshot', room_id: room, session_id: 's1', epoch: 1, seq: 2, ...snapshotOf('s1', 's5') })
    assert.deepEqual(told, ['here'])
  })

  test('takes its seat anew, with the same name and password, when it has lapsed meanwhile', async (t) => {
    let nowMs = 60_000
    t.mock.method(performance, 'now', () => nowMs)
    const ended: string[] = []
    const { client, reconnect } = await inRoom(t, { onEnded: (_room, reason) => ended.push(reason) })
    nowMs += 60_000
    const next = await reconnect()
    next.says(refusal(next.last('attach').id, 'SESSION_NOT_FOUND'))
    await settled()
    const { id, ...join } = next.last('join')
    assert.deepEqual(join, { type: 'join', room_id: room, username: 'Ann', password: 'pass' })
    next.says(reply(id, { session_id: 's2', role: 'member', snapshot: snapshotOf('s2') }, { epoch: 1, seq: 9 }))
    await settled()
    assert.equal(client.seat(room)?.sessionId, 's2')
    assert.deepEqual(ended, [])
  })

  test('says that the stay is over when the room is closed', async (t) => {
    const ended: string[] = []
    const { client, reconnect } = await inRoom(t, { onEnded: (_room, reason) => ended.push(reason) })
    const next = await reconnect()
    next.says(refusal(next.last('attach').id, 'ROOM_CLOSED'))
    await settled()
    assert.deepEqual(ended, ['room_closed'])
    assert.equal(client.seat(room), undefined)
  })

  test('does not connect again after its token was refused', async (t) => {
    const { client, socket, sockets } = await inRoom(t)
    const waiting = client.mute(room, 'u-bob')
    socket.says({ type: 'error', retry: false, error: { code: 'TOKEN_EXPIRED', message: 'The token has expired.' } })
    socket.lost(4401)
    await assert.rejects(waiting, /expired/)
    mock.timers.tick(60_000)
    assert.equal(sockets.length, 1)
    assert.equal(client.mode, 'closed')
  })

  test('takes a gateway that answers no ping for gone', async (t) => {
    const { socket, sockets } = await inRoom(t)
    mock.timers.tick(10_000)
    socket.last('ping')
    mock.timers.tick(8_000)
    mock.timers.tick(5_000)
    assert.equal(sockets.length, 2)
  })

  test('makes one frame of flags that change while another is under way', async (t) => {
    const { client, socket } = await inRoom(t)
    client.setFlags(room, { speaking: true })
    client.setFlags(room, { speaking: false })
    client.setFlags(room, { speaking: true, self_muted: false })
    assert.deepEqual(socket.types().slice(2), ['set_flags'])
    socket.says(reply(socket.last('set_flags').id, null))
    await settled()
    assert.deepEqual(socket.types().slice(2), ['set_flags', 'set_flags'])
    const { flags } = socket.last('set_flags') as ClientFrame & { type: 'set_flags' }
    assert.deepEqual(flags, { speaking: true, self_muted: false })
  })

  test('tells of a new owner by whatever frame names it first, and keeps an older one from the roster', async (t) => {
    const epochs: number[] = []
    const { client, socket } = await inRoom(t, { onEpoch: (_room, epoch) => epochs.push(epoch) })
    const at = { room_id: room, session_id: 's1' }
    socket.says({ type: 'snapshot', ...at, epoch: 3, seq: 2, ...snapshotOf('s1', 's5') })
    socket.says({ type: 'snapshot', ...at, epoch: 2, seq: 8, ...snapshotOf('s1') })
    assert.deepEqual(epochs, [1, 3])
    assert.equal(client.seat(room)?.roster.participants.size, 2)
    assert.equal(client.seat(room)?.epoch, 3)
  })

  test('ignores the end of a session that is not its own any more', async (t) => {
    const ended: string[] = []
    const { socket } = await inRoom(t, { onEnded: (_room, reason) => ended.push(reason) })
    socket.says({ type: 'session_ended', room_id: room, session_id: 's0', reason: 'replaced' })
    assert.deepEqual(ended, [])
    socket.says({ type: 'session_ended', room_id: room, session_id: 's1', reason: 'replaced' })
    assert.deepEqual(ended, ['replaced'])
  })
})
