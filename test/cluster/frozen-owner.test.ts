import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { roomKey, type RoomId } from '../../protocol/ids.ts'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { RawLink } from '../support/raw-link.ts'
import { VoiceSocket } from '../support/voice-socket.ts'
import { waitUntil } from '../support/wait.ts'

/** What the journal holds of mutes with that reason. */
const mutes = (cluster: TestCluster, roomId: string, reason: string) =>
  cluster.database.query(
    `select seq::int, epoch::int, command_id from actor_journal
      where actor_key = $1 and events::text like '%' || $2 || '%' order by seq`,
    [`room:${roomId}`, reason],
  )

describe('an owner that stands still between its decision and its append, without lease check and watchdog', () => {
  let cluster: TestCluster
  let failed = true

  before(async () => {
    cluster = await startCluster({
      nodes: 2,
      // One command rides over the whole take-over, so that the same id reaches both owners.
      env: { VOICE_COMMAND_DEADLINE_MS: '10000' },
      scripts: { 'node-1': 'test/support/unguarded-node.ts', 'node-2': 'test/support/unguarded-node.ts' },
    })
  })
  after(() => cluster.stop(failed))

  test('finds its append refused by Postgres when it goes on past its lease', async () => {
    const roomId = await cluster.createRoom('host')
    const host = await VoiceSocket.connect(cluster.gateway(0).ws, cluster.token('host'))
    const joined = await host.command({ type: 'join', room_id: roomId })
    const frozen = await cluster.waitForOwner(roomId)

    const muted = await host.command(
      { type: 'mute', room_id: roomId, target_user_id: 'rude', reason: 'freeze here' },
      15_000,
    )
    assert.equal(muted.type, 'reply', JSON.stringify(muted))
    assert.ok(muted['epoch'] > joined['epoch'], 'another owner answered')
    const heir = await cluster.waitForOwner(roomId)
    assert.notEqual(heir.name, frozen.name)
    assert.equal(frozen.running, true, 'it only stands still')
    assert.equal(frozen.ownershipChanges('dropped').length, 0)

    frozen.thaw()
    await waitUntil(
      'the stale append came back refused',
      async () => (await frozen.metric('voice_cluster_fence_rejections_total')) === 1,
      10_000,
      () => frozen.tail(),
    )
    // Whichever comes first: the refusal, or Redis that names another owner.
    const [dropped] = frozen.ownershipChanges('dropped')
    assert.ok(['fenced', 'superseded'].includes(String(dropped?.cause)), JSON.stringify(dropped))
    const kept = await mutes(cluster, roomId, 'freeze here')
    assert.deepEqual(
      kept.map((row) => row['epoch']),
      [muted['epoch']],
    )
    const again = await host.command({ type: 'unmute', room_id: roomId, target_user_id: 'rude' })
    assert.deepEqual([again.type, again['epoch']], ['reply', muted['epoch']], 'the heir is not disturbed')
    assert.equal(host.closeCode, 0)
    host.close()
    failed = false
  })
})

describe('an owner that was frozen past its lease, with lease check and watchdog', () => {
  let cluster: TestCluster
  let failed = true

  before(async () => {
    cluster = await startCluster({ nodes: 1 })
  })
  after(() => cluster.stop(failed))

  test('sends nothing and exits when it goes on', async () => {
    const roomId = await cluster.createRoom('host')
    const key = roomKey(roomId as RoomId)
    const node = await cluster.waitForOwner(roomId)
    const link = await RawLink.to(node.name, cluster)
    const view = { type: 'view', as: null }
    link.send(key, view)
    await waitUntil('the link carries an answer', () => link.frames.length === 1, 5_000)

    node.freeze()
    link.send(key, view)
    link.send(key, {
      ...{ type: 'sanction', kind: 'mute', by: { user_id: 'host', privileges: [] } },
      ...{ target_user_id: 'rude', duration_s: null, reason: 'too late' },
    })
    const others = () => cluster.process('gateway-1').admin('/cluster')
    await waitUntil('its lease has run out', async () => !(await others()).body.includes(`"${node.name}"`), 10_000)
    node.thaw()
    const exit = await node.exited

    assert.ok(exit.code === 75 || exit.signal === 'SIGKILL', JSON.stringify(exit))
    await waitUntil('the link has ended', () => link.closed !== null, 5_000)
    assert.equal(link.frames.length, 1, 'no frame after the freeze')
    assert.deepEqual(await mutes(cluster, roomId, 'too late'), [])
    await link.close()
    failed = false
  })
})
