import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import type { ParticipantView, PublicRoomEvent } from '../../protocol/room/view.ts'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { VoiceSocket } from '../support/voice-socket.ts'

describe('a client that changes the gateway', () => {
  let cluster: TestCluster
  let failed = true

  before(async () => {
    cluster = await startCluster({ gateways: 2, nodes: 1, env: { JOIN_GRACE_S: '1' } })
  })
  after(() => cluster.stop(failed))

  test('keeps its seat and its pushes when the gateway before learns later that the old socket is gone', async () => {
    const roomId = await cluster.createRoom('ann')
    const old = await VoiceSocket.connect(cluster.gateway(0).ws, cluster.token('ann'))
    const joined = await old.command({ type: 'join', room_id: roomId })
    const seat = { room_id: roomId, session_id: String(joined['value'].session_id) }
    await old.heard('snapshot')

    const fresh = await VoiceSocket.connect(cluster.gateway(1).ws, cluster.token('ann'))
    assert.equal((await fresh.command({ type: 'attach', ...seat })).type, 'reply')
    await fresh.heard('snapshot')
    const ended = await old.heard('session_ended')
    assert.deepEqual([ended['session_id'], ended['reason']], [seat.session_id, 'replaced'])
    old.close()

    // A seat that nobody carries, taken now, tells when the grace of every earlier one is over.
    const later = await cluster.call('POST', `/api/v1/rooms/${roomId}/join`, { token: cluster.token('bob'), body: {} })
    assert.equal(later.status, 200)
    const lapsed = await fresh.heard('events', ({ events }) =>
      (events as readonly PublicRoomEvent[]).some((event) => event.type === 'participant.left'),
    )
    const bobs = { type: 'participant.left', user_id: 'bob', session_id: later.body.session_id as string }
    assert.deepEqual(lapsed['events'], [{ ...bobs, reason: 'lapsed' }])
    const { body } = await cluster.call('GET', `/api/v1/rooms/${roomId}`, { token: cluster.token('ann') })
    const people = body.participants as readonly ParticipantView[]
    assert.deepEqual(
      people.map(({ user_id, is_connected }) => [user_id, is_connected]),
      [['ann', true]],
    )
    fresh.close()
    failed = false
  })
})
