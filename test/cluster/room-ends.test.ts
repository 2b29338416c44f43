import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { VoiceSocket } from '../support/voice-socket.ts'
import { waitUntil } from '../support/wait.ts'

describe('the end of a room', () => {
  let cluster: TestCluster
  let failed = true

  before(async () => {
    cluster = await startCluster({
      ...{ gateways: 1, nodes: 2, workers: 1, relays: 0 },
      env: { VOICE_ROOM_IDLE_MS: '300' },
    })
  })
  after(() => cluster.stop(failed))

  /** Every closing of the room that stands in its journal. */
  const closings = async (roomId: string) => {
    const rows = await cluster.database.query(
      `select event from actor_journal, jsonb_array_elements(events) as event
        where actor_key = $1 and event->>'type' = 'room.closed'`,
      [`room:${roomId}`],
    )
    return rows.map((row) => row['event'] as { cause: string; clock: string })
  }
  const closedOnce = async (roomId: string, cause: string, clock: string) => {
    await waitUntil('the room is closed', async () => (await closings(roomId)).length > 0, 20_000)
    assert.deepEqual(
      (await closings(roomId)).map((event) => [event.cause, event.clock]),
      [[cause, clock]],
    )
    const [row] = await cluster.database.query(`select status, closes_at from voice_rooms where room_id = $1`, [roomId])
    assert.deepEqual([row?.['status'], row?.['closes_at']], ['closed', null])
  }

  test('strikes on time in a room that nobody has in memory', async () => {
    const endsAt = new Date(Date.now() + 4_000)
    const roomId = await cluster.createRoom('host', { scheduled_end_at: endsAt.toISOString() })
    await waitUntil('nobody has the room in memory', async () => (await cluster.ownerOf(roomId)) === null, 3_500)
    await closedOnce(roomId, 'scheduled_end', 'sweep')
    const lateMs = Date.now() - endsAt.getTime()
    assert.ok(lateMs >= 0 && lateMs < 10_000, `closed ${lateMs} ms after its end`)
    failed = false
  })

  test('comes by the alarm to a room that has people in it, and they hear of it', async () => {
    failed = true
    const roomId = await cluster.createRoom('host', {
      scheduled_end_at: new Date(Date.now() + 4_000).toISOString(),
    })
    const host = await VoiceSocket.connect(cluster.gateway(0).ws, cluster.token('host'))
    await host.command({ type: 'join', room_id: roomId })
    await host.heard('session_ended', (frame) => frame['reason'] === 'room_closed', 8_000)
    assert.equal(host.frames.filter(({ type }) => type === 'room_ending').length, 1)
    await closedOnce(roomId, 'scheduled_end', 'actor')
    host.close()
    failed = false
  })

  test('comes to an empty temporary room although its node was killed', async () => {
    failed = true
    const roomId = await cluster.createRoom('host', { is_temporary: true, settings: { empty_timeout_s: 5 } })
    const host = await VoiceSocket.connect(cluster.gateway(0).ws, cluster.token('host'))
    await host.command({ type: 'join', room_id: roomId })
    const owner = await cluster.waitForOwner(roomId)
    await host.command({ type: 'leave', room_id: roomId })
    owner.kill()
    await closedOnce(roomId, 'empty', 'sweep')
    host.close()
    failed = false
  })
})
