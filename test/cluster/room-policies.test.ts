import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { VoiceSocket, type ReceivedFrame } from '../support/voice-socket.ts'
import { waitUntil } from '../support/wait.ts'

interface Seen {
  readonly user_id: string
  readonly speaking: boolean
  readonly hand_raised: boolean
  readonly priority: boolean
}

describe('what a room asks of those in it', { timeout: 90_000 }, () => {
  let cluster: TestCluster
  let failed = true
  const sockets: VoiceSocket[] = []

  before(async () => {
    cluster = await startCluster({ gateways: 2, nodes: 1 })
  })
  after(async () => {
    for (const socket of sockets) socket.close()
    await cluster.stop(failed)
  })

  const connect = async (user: string, gateway = 0) => {
    const socket = await VoiceSocket.connect(cluster.gateway(gateway).ws, cluster.token(user))
    sockets.push(socket)
    return socket
  }
  const join = async (user: string, room: string, gateway = 0) => {
    const socket = await connect(user, gateway)
    const answer = await socket.command({ type: 'join', room_id: room })
    if (answer.type === 'reply') await socket.heard('snapshot', (frame) => frame['room_id'] === room)
    return { socket, answer }
  }
  const change = (room: string, body: object) =>
    cluster.call('PATCH', `/api/v1/rooms/${room}`, { token: cluster.token('host'), body })
  const codeOf = (answer: ReceivedFrame) => (answer['error'] as { code: string } | undefined)?.code ?? 'none'
  /** As the room's people are told, by REST. */
  const seen = async (room: string, user: string) => {
    const { body } = await cluster.call('GET', `/api/v1/rooms/${room}`, { token: cluster.token('host') })
    return (body.participants as Seen[]).find(({ user_id: id }) => id === user)
  }

  test('one seat a user, replaced or refused as the room says, by REST and by the socket', async () => {
    const room = await cluster.createRoom('host')
    const first = await join('ann', room)
    const second = await join('ann', room, 1)
    assert.equal(second.answer.type, 'reply')
    const { reason } = await first.socket.heard('session_ended')
    assert.equal(reason, 'replaced')

    const changed = await change(room, { settings: { duplicate_session: 'refuse' } })
    assert.equal(changed.body.effective_settings.duplicate_session, 'refuse')
    const third = await join('ann', room)
    assert.equal(codeOf(third.answer), 'ALREADY_IN_ROOM')
    const seat = String(second.answer['value'].session_id)
    assert.equal(third.answer['error'].details.session_id, seat)
    const byRest = await cluster.call('POST', `/api/v1/rooms/${room}/join`, { token: cluster.token('ann'), body: {} })
    assert.deepEqual([byRest.status, byRest.body.error.code], [409, 'ALREADY_IN_ROOM'])
    const attached = await third.socket.command({ type: 'attach', room_id: room, session_id: seat })
    assert.equal(attached.type, 'reply', 'but to the seat that there is one may attach')
  })

  test('a key to talk, where the room asks for one: nobody is shown to speak who does not hold it', async () => {
    const room = await cluster.createRoom('host', { settings: { push_to_talk: true } })
    const { socket } = await join('ann', room)
    await socket.command({ type: 'set_flags', room_id: room, flags: { speaking: true } })
    assert.equal((await seen(room, 'ann'))?.speaking, false)
    await socket.command({ type: 'set_flags', room_id: room, flags: { push_to_talk: true } })
    assert.equal((await seen(room, 'ann'))?.speaking, true)
    await socket.command({ type: 'set_flags', room_id: room, flags: { push_to_talk: false } })
    await change(room, { settings: {} })
    assert.equal((await seen(room, 'ann'))?.speaking, true, 'without the rule they speak by what they say alone')
  })

  test('hands and priority are for those whom the room lets, from the next command on', async () => {
    const room = await cluster.createRoom('host')
    const { socket } = await join('ann', room)
    const flags = (which: object) => socket.command({ type: 'set_flags', room_id: room, flags: which })
    assert.equal((await flags({ hand_raised: true })).type, 'reply')
    assert.equal(codeOf(await flags({ priority: true })), 'FORBIDDEN')
    await change(room, { permissions: { member: { allow: ['priority_speaker'], deny: ['raise_hand'] } } })
    assert.equal((await seen(room, 'ann'))?.hand_raised, false, 'what is not allowed any more is not shown')
    assert.equal((await flags({ priority: true, speaking: true })).type, 'reply')
    await waitUntil('ann speaks with priority', async () => (await seen(room, 'ann'))?.priority === true)
    assert.equal(codeOf(await flags({ hand_raised: true })), 'FORBIDDEN')
    failed = false
  })
})
