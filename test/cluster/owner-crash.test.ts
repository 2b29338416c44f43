import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { VoiceSocket } from '../support/voice-socket.ts'

const isLift = (events: readonly { type: string }[]) => events.some(({ type }) => type === 'sanction.lifted')

describe('the node that owns a room is killed', () => {
  let cluster: TestCluster
  let failed = true

  before(async () => {
    cluster = await startCluster({ gateways: 2, nodes: 3 })
  })
  after(() => cluster.stop(failed))

  test('sockets stay open, nobody leaves the roster, acknowledged mutes stay, and a new owner answers', async () => {
    const roomId = await cluster.createRoom('host')
    const host = await VoiceSocket.connect(cluster.gateway(0).ws, cluster.token('host'))
    const guest = await VoiceSocket.connect(cluster.gateway(1).ws, cluster.token('guest'))
    assert.equal((await host.command({ type: 'join', room_id: roomId })).type, 'reply')
    assert.equal((await guest.command({ type: 'join', room_id: roomId })).type, 'reply')
    // Else the mute might be in it.
    await guest.heard('snapshot')
    const before = await host.command({ type: 'mute', room_id: roomId, target_user_id: 'guest', duration: 600 })
    assert.equal(before.type, 'reply')

    const owner = await cluster.waitForOwner(roomId)
    owner.kill()
    const after = await host.command({ type: 'unmute', room_id: roomId, target_user_id: 'guest' }, 4_000)

    assert.equal(after.type, 'reply', JSON.stringify(after))
    assert.ok(after['epoch'] > before['epoch'], 'the epoch rose')
    for (const socket of [host, guest]) {
      const caughtUp = await socket.heard('caught_up', (frame) => frame['epoch'] === after['epoch'])
      assert.equal(caughtUp['participants'].length, 2)
      await socket.heard('events', (frame) => frame['epoch'] === after['epoch'] && isLift(frame['events']))
      assert.equal(socket.frames.filter(({ type }) => type === 'snapshot').length, 1, 'the one after the join')
    }
    const events = guest.frames.filter(({ type }) => type === 'events').flatMap((frame) => frame['events'] as object[])
    assert.deepEqual(
      events.map((event) => (event as { type: string }).type),
      ['sanction.applied', 'sanction.lifted'],
    )
    const { body } = await cluster.call('GET', `/api/v1/rooms/${roomId}`, { token: cluster.token('host') })
    const users = (body.participants as { user_id: string }[]).map(({ user_id }) => user_id).sort()
    assert.deepEqual(users, ['guest', 'host'])
    assert.deepEqual([host.closeCode, guest.closeCode], [0, 0])
    assert.equal(guest.frames.filter(({ type }) => type === 'session_ended').length, 0)
    const left = [...host.frames, ...guest.frames]
      .filter(({ type }) => type === 'events')
      .flatMap((frame) => frame['events'] as { type: string }[])
      .filter(({ type }) => type === 'participant.left')
    assert.deepEqual(left, [])
    host.close()
    guest.close()
    failed = false
  })

  test('positions never go back on either socket', async () => {
    failed = true
    const roomId = await cluster.createRoom('host')
    const host = await VoiceSocket.connect(cluster.gateway(0).ws, cluster.token('host'))
    assert.equal((await host.command({ type: 'join', room_id: roomId })).type, 'reply')
    const owner = await cluster.waitForOwner(roomId)
    for (const user of ['a', 'b', 'c']) await host.command({ type: 'mute', room_id: roomId, target_user_id: user })
    owner.kill()
    for (const user of ['d', 'e', 'f']) {
      const answer = await host.command({ type: 'mute', room_id: roomId, target_user_id: user })
      assert.equal(answer.type, 'reply', JSON.stringify(answer))
    }
    const positions = host.frames
      .filter(({ type }) => type === 'events' || type === 'snapshot')
      .map((frame) => [frame['epoch'], frame['seq']] as [number, number])
    const sorted = [...positions].sort(([e1, s1], [e2, s2]) => e1 - e2 || s1 - s2)
    assert.deepEqual(positions, sorted)
    const journal = await cluster.database.query(
      `select seq::int, epoch::int, command_id from actor_journal where actor_key = $1 order by seq`,
      [`room:${roomId}`],
    )
    assert.deepEqual(
      journal.map((row) => row['seq']),
      journal.map((_, index) => index + 1),
    )
    assert.equal(new Set(journal.map((row) => row['command_id'])).size, journal.length)
    host.close()
    failed = false
  })
})
