import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { membershipContract } from '../../cluster/membership/membership.contract.ts'
import { awaitRedis, connectRedis } from '../../cluster/membership/redis-connection.ts'
import { redisKeys } from '../../cluster/membership/redis-keys.ts'
import type { ActorKey } from '../../protocol/ids.ts'
import { redisBench } from '../support/redis-bench.ts'
import { RedisClusterSet } from '../support/redis-servers.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { memberFacts } from '../support/specimens.ts'
import { waitUntil } from '../support/wait.ts'

const room = 'room:11111111-1111-4111-8111-111111111111' as ActorKey
const up = { state: 'up', load: 0 } as const
const long = { leaseMs: 60_000, takeOver: false }

describe('a Redis Cluster of three masters', () => {
  let set: RedisClusterSet
  before(async () => {
    set = await RedisClusterSet.start(3)
  })
  after(() => set.stop())

  membershipContract('leases and owners in a Redis Cluster', () => redisBench(set.url))

  test('every control key lies on one server, whichever server is asked first', async () => {
    const bench = await redisBench(set.url)
    const others = await Promise.all(set.servers.map(({ port }) => redisBench(`redis+cluster://127.0.0.1:${port}`)))
    try {
      for (const each of others) {
        const node = memberFacts('node-1')
        await each.leases.hold(node, up, long)
        assert.ok((await each.directory.claim(room, node, 0)).granted)
      }
    } finally {
      for (const each of [bench, ...others]) await each.close()
    }
  })

  test('scripts that a server has forgotten are sent again', async () => {
    const bench = await redisBench(set.url)
    try {
      await Promise.all(set.servers.map((server) => server.ask('SCRIPT', 'FLUSH')))
      assert.deepEqual(await bench.directory.resolveMany([room]), [null])
    } finally {
      await bench.close()
    }
  })

  test('servers that are not there are said when a process starts', async () => {
    const redis = connectRedis({ url: 'redis+cluster://127.0.0.1:1', name: 'test', logger: silentLogger })
    await assert.rejects(awaitRedis(redis, 1_000), /does not answer/)
    redis.disconnect()
  })

  test('leases and owners are found again after the master that held them was killed', async () => {
    const node = memberFacts('node-1')
    // A tag of the first master's slots, which has a replica.
    const bench = await redisBench(set.url, '{b}')
    try {
      await bench.leases.hold(node, up, long)
      await bench.directory.claim(room, node, 4)
      const master = await set.masterOf(redisKeys('{b}').members)
      assert.equal(master, set.servers[0])
      await master.ask('WAIT', 1, 1_000)
      await master.kill()
      let slowestMs = 0
      await waitUntil(
        'the owner is found on the replica',
        async () => {
          const fromMs = performance.now()
          const owners = await bench.directory.resolveMany([room]).catch(() => [null])
          slowestMs = Math.max(slowestMs, performance.now() - fromMs)
          return owners[0]?.process === node.process
        },
        20_000,
      )
      assert.ok(slowestMs < 2_000, `a question took ${slowestMs} ms`)
      // A single question may meet a connection that is just being given up; a lease keeper asks again as well.
      await waitUntil(
        'the lease is held there',
        async () => (await bench.leases.hold(node, up, long).catch(() => null)) === 'held',
        10_000,
      )
    } finally {
      await bench.close()
    }
  })
})
