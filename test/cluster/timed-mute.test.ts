import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { startTemporal, type TestTemporal } from '../support/temporal.ts'
import { VoiceSocket, type ReceivedFrame } from '../support/voice-socket.ts'
import { waitUntil } from '../support/wait.ts'

const lifts = (frames: readonly ReceivedFrame[]) =>
  frames
    .filter(({ type }) => type === 'events')
    .flatMap((frame) => frame['events'] as { type: string; clock: string }[])
    .filter(({ type }) => type === 'sanction.lifted')

/** What the record says of a user's sanctions in a room, or in a guild whose actor has that key. */
async function record(cluster: TestCluster, roomId: string, key = `room:${roomId}`) {
  const journal = await cluster.database.query(
    `select event from actor_journal, jsonb_array_elements(events) as event
      where actor_key = $1 and event->>'type' = 'sanction.lifted'`,
    [key],
  )
  const moderation = await cluster.database.query(
    `select action_type from voice_moderation_events where coalesce(scope_id, room_id) = $1 order by timestamp`,
    [roomId],
  )
  const sanctions = await cluster.database.query(`select lifted_at, until from voice_sanctions where scope_id = $1`, [
    roomId,
  ])
  return {
    lifted: journal.map((row) => row['event'] as { clock: string }),
    moderation: moderation.map((row) => String(row['action_type'])),
    sanctions: sanctions as { lifted_at: Date | null; until: Date }[],
  }
}

describe('a mute of two seconds', () => {
  let temporal: TestTemporal
  let cluster: TestCluster
  let failed = true

  before(async () => {
    temporal = await startTemporal()
    cluster = await startCluster({
      gateways: 1,
      nodes: 2,
      workers: 1,
      relays: 1,
      temporalAddress: temporal.address,
      env: { VOICE_ROOM_IDLE_MS: '300' },
    })
  })
  after(async () => {
    try {
      await cluster.stop(failed)
    } finally {
      await temporal.stop()
    }
  })

  test('is lifted by the workflow in a room that has no owner at the deadline', async () => {
    const roomId = await cluster.createRoom('host')
    const muted = await cluster.call('POST', `/api/v1/rooms/${roomId}/participants/rude/mute`, {
      token: cluster.token('host'),
      body: { duration: 2, reason: 'shouting' },
    })
    assert.equal(muted.status, 200, JSON.stringify(muted.body))
    await waitUntil('nobody has the room in memory', async () => (await cluster.ownerOf(roomId)) === null, 1_900)
    await waitUntil('the mute is lifted', async () => (await record(cluster, roomId)).lifted.length > 0, 20_000)
    const { lifted, moderation, sanctions } = await record(cluster, roomId)
    assert.deepEqual(
      lifted.map(({ clock }) => clock),
      ['workflow'],
    )
    assert.deepEqual(moderation, ['mute', 'unmute'])
    assert.ok(sanctions[0]?.lifted_at && sanctions[0].lifted_at >= sanctions[0].until, 'not a moment early')
    const view = await cluster.call('GET', `/api/v1/rooms/${roomId}`, { token: cluster.token('host') })
    assert.deepEqual(view.body.sanctions, [])
    failed = false
  })

  test('of a guild is lifted by the workflow where nobody has the guild in memory', async () => {
    failed = true
    const banned = await cluster.call('PUT', '/api/v1/guilds/knights/users/rude/sanctions/ban', {
      token: cluster.token('boss', ['admin']),
      body: { duration: 2, reason: 'shouting' },
    })
    assert.equal(banned.status, 200, JSON.stringify(banned.body))
    const guild = () => record(cluster, 'knights', 'sanctions:guild:knights')
    await waitUntil('the ban is lifted', async () => (await guild()).lifted.length > 0, 20_000)
    const { lifted, moderation, sanctions } = await guild()
    assert.deepEqual(
      lifted.map(({ clock }) => clock),
      ['workflow'],
    )
    assert.deepEqual(moderation, ['ban', 'unban'])
    assert.ok(sanctions[0]?.lifted_at && sanctions[0].lifted_at >= sanctions[0].until, 'not a moment early')
    assert.equal(await temporal.workflowEnded('sanction:ban:guild:knights:rude', 10_000), 'COMPLETED')
    failed = false
  })

  test('is lifted exactly once when actor and workflow both see the deadline', async () => {
    failed = true
    const roomId = await cluster.createRoom('host')
    const host = await VoiceSocket.connect(cluster.gateway(0).ws, cluster.token('host'))
    await host.command({ type: 'join', room_id: roomId })
    const muted = await host.command({ type: 'mute', room_id: roomId, target_user_id: 'rude', duration: 2 })
    assert.equal(muted.type, 'reply')
    await host.heard('events', (frame) => lifts([frame]).length > 0, 6_000)
    // The workflow ends only after it has asked the room: by then both clocks have spoken.
    await temporal.workflowEnded(`sanction:mute:room:${roomId}:rude`, 20_000)
    assert.equal(lifts(host.frames).length, 1)
    const { lifted, moderation } = await record(cluster, roomId)
    assert.equal(lifted.length, 1)
    assert.deepEqual(moderation, ['mute', 'unmute'])
    host.close()
    failed = false
  })

  test('is lifted on time by the actor of a live room while the Temporal server is stopped', async () => {
    failed = true
    const roomId = await cluster.createRoom('host')
    const host = await VoiceSocket.connect(cluster.gateway(0).ws, cluster.token('host'))
    await host.command({ type: 'join', room_id: roomId })
    await temporal.stop()
    const muted = await host.command({ type: 'mute', room_id: roomId, target_user_id: 'rude', duration: 2 })
    assert.equal(muted.type, 'reply', 'nobody waits for Temporal')
    await host.heard('events', (frame) => lifts([frame]).length > 0, 6_000)
    const { lifted, sanctions } = await record(cluster, roomId)
    assert.deepEqual(
      lifted.map(({ clock }) => clock),
      ['actor'],
    )
    const [sanction] = sanctions
    assert.ok(sanction?.lifted_at)
    const lateMs = sanction.lifted_at.getTime() - sanction.until.getTime()
    assert.ok(lateMs >= 0 && lateMs < 1_000, `lifted ${lateMs} ms after the deadline`)
    host.close()
    failed = false
  })

  test('is lifted by the sweep in a room that has no owner while the Temporal server is stopped', async () => {
    failed = true
    const roomId = await cluster.createRoom('host')
    const muted = await cluster.call('POST', `/api/v1/rooms/${roomId}/participants/rude/mute`, {
      token: cluster.token('host'),
      body: { duration: 2 },
    })
    assert.equal(muted.status, 200)
    await waitUntil('nobody has the room in memory', async () => (await cluster.ownerOf(roomId)) === null, 1_900)
    await waitUntil('the mute is lifted', async () => (await record(cluster, roomId)).lifted.length > 0, 30_000)
    const { lifted, sanctions } = await record(cluster, roomId)
    assert.deepEqual(
      lifted.map(({ clock }) => clock),
      ['sweep'],
    )
    const [sanction] = sanctions
    assert.ok(sanction?.lifted_at && sanction.lifted_at.getTime() - sanction.until.getTime() < 20_000)
    failed = false
  })
})
