import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { startCluster, type TestCluster } from '../support/cluster.ts'
import { OwnRedis } from '../support/own-redis.ts'
import { VoiceSocket } from '../support/voice-socket.ts'
import { waitUntil } from '../support/wait.ts'

describe('Redis is killed, and comes back empty', () => {
  let redis: OwnRedis
  let cluster: TestCluster
  let failed = true

  before(async () => {
    redis = await OwnRedis.start()
    cluster = await startCluster({ gateways: 2, nodes: 2, env: { REDIS_URL: redis.url } })
  })
  after(async () => {
    try {
      await cluster.stop(failed)
    } finally {
      await redis.kill()
    }
  })

  test('rooms go on for as long as it is away, on the same nodes and sockets, and new rooms can be made afterwards', async () => {
    const rooms = await Promise.all([1, 2, 3, 4].map(() => cluster.createRoom('host')))
    const hosts = await Promise.all(
      rooms.map((_, index) => VoiceSocket.connect(cluster.gateway(index % 2).ws, cluster.token('host'))),
    )
    const epochs: unknown[] = []
    for (const [index, host] of hosts.entries()) {
      const joined = await host.command({ type: 'join', room_id: rooms[index] })
      assert.equal(joined.type, 'reply', JSON.stringify(joined))
      epochs.push(joined['epoch'])
    }
    const pids = cluster.nodes().map(({ pid }) => pid)
    const muteEverywhere = async (user: string) => {
      const answers = await Promise.all(
        hosts.map((host, index) => host.command({ type: 'mute', room_id: rooms[index], target_user_id: user }, 5_000)),
      )
      assert.deepEqual(
        answers.map(({ type, epoch }) => [type, epoch]),
        epochs.map((epoch) => ['reply', epoch]),
        JSON.stringify(answers),
      )
    }

    await redis.kill()
    for (let second = 0; second < 8; second += 1) {
      await muteEverywhere(`rude-${second}`)
      await sleep(1_000)
    }
    assert.ok(cluster.nodes().every((node) => node.events('lease.on_fallback').length === 1))

    await redis.start()
    await muteEverywhere('rude-again')
    await waitUntil('a room can be made again', async () => {
      const made = await cluster.call('POST', '/api/v1/rooms', {
        token: cluster.token('host'),
        body: { name: 'after', room_type: 'group' },
      })
      return made.status === 201
    })
    await waitUntil('the leases are in Redis again', () =>
      cluster.nodes().every((node) => node.events('lease.off_fallback').length === 1),
    )
    await muteEverywhere('rude-at-last')
    // A gateway that never asked for the room finds its owner in what was written down again.
    for (const [index, room] of rooms.entries()) {
      const view = await cluster.call('GET', `/api/v1/rooms/${room}`, {
        token: cluster.token('host'),
        gateway: (index + 1) % 2,
      })
      assert.deepEqual([view.status, view.body.sanctions.length], [200, 10])
    }
    assert.deepEqual(
      cluster.nodes().map(({ pid }) => pid),
      pids,
    )
    assert.ok(hosts.every(({ closeCode }) => closeCode === 0))
    for (const host of hosts) host.close()
    failed = false
  })
})
