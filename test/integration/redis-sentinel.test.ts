import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { backgroundTimers, systemClock, systemRandom } from '../../bin/system-ports.ts'
import { ClusterSeat } from '../../cluster/index.ts'
import { membershipContract } from '../../cluster/membership/membership.contract.ts'
import { awaitRedis, connectRedis } from '../../cluster/membership/redis-connection.ts'
import type { ActorKey } from '../../protocol/ids.ts'
import { randomPrefix, redisBench } from '../support/redis-bench.ts'
import { SentinelSet, type RedisServer } from '../support/redis-servers.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { memberFacts } from '../support/specimens.ts'
import { waitUntil } from '../support/wait.ts'

const room = 'room:11111111-1111-4111-8111-111111111111' as ActorKey
const hall = 'room:22222222-2222-4222-8222-222222222222' as ActorKey
const up = { state: 'up', load: 0 } as const
const long = { leaseMs: 60_000, takeOver: false }
const ports = { clock: systemClock, timers: backgroundTimers, random: systemRandom, logger: silentLogger }

/** True once it answers without failing. */
const goesWell = async (ask: () => Promise<unknown>): Promise<boolean> => {
  try {
    await ask()
    return true
  } catch {
    return false
  }
}

describe('Redis under Sentinels', () => {
  let set: SentinelSet
  before(async () => {
    set = await SentinelSet.start()
  })
  after(() => set.stop())

  membershipContract('leases and owners with the master that Sentinels name', () => redisBench(set.url))

  test('a master nobody watches, and Sentinels that are not there, are said when a process starts', async () => {
    for (const url of [set.url.replace('/rooms', '/nobody'), 'redis+sentinel://127.0.0.1:1/rooms']) {
      const redis = connectRedis({ url, name: 'test', logger: silentLogger })
      await assert.rejects(awaitRedis(redis, 500), (error: Error) =>
        /sentinels are unreachable/.test(String(error.cause)),
      )
      redis.disconnect()
    }
  })

  test('a master that says it may only be read is left, and taken again only as a master', async () => {
    const bench = await redisBench(set.url)
    try {
      const node = memberFacts('node-1')
      await bench.leases.hold(node, up, long)
      const master = await set.master()
      const other = set.servers.find((server) => server !== master)!
      await master.ask('REPLICAOF', '127.0.0.1', other.port)
      await assert.rejects(bench.leases.hold(node, up, long), /READONLY/)
      await waitUntil('the connection is given up', () => bench.redis.status !== 'ready')
      // The Sentinels still name it: whoever connects there finds a replica and goes on looking.
      await assert.rejects(bench.leases.hold(node, up, long))
      await master.ask('REPLICAOF', 'NO', 'ONE')
      await waitUntil('the lease is renewed', () => goesWell(() => bench.leases.hold(node, up, long)))
    } finally {
      await bench.close()
    }
  })

  test('a lease is held again and owners are found after the master was killed', () =>
    failOver(set, (master) => master.kill()))
})

describe('Redis under Sentinels, its master frozen', () => {
  let set: SentinelSet
  before(async () => {
    set = await SentinelSet.start()
  })
  after(() => set.stop())

  test('who gets no answer looks for the master anew', () => failOver(set, (master) => master.freeze()))
})

/** A node with its lease and its view of the cluster, while the master is taken away from under it. */
async function failOver(set: SentinelSet, takeAway: (master: RedisServer) => Promise<void> | void): Promise<void> {
  const facts = memberFacts('node-1')
  const seat = new ClusterSeat({ url: set.url, keyPrefix: randomPrefix(), facts, load: () => 0, ...ports })
  const { directory, membership } = seat.cluster
  try {
    await seat.start(5_000)
    await seat.lease.announce('up')
    assert.deepEqual(await directory.claim(room, facts, 0), { granted: true, epoch: 1, from: null })
    const master = await set.master()
    const other = set.servers.find((server) => server !== master)!
    // What was not copied before the master died is lost: that is what the epoch in Postgres is for.
    await master.ask('WAIT', 1, 1_000)
    await takeAway(master)
    await waitUntil('the Sentinels name another master', async () => (await set.master()) === other, 20_000)
    await waitUntil('claims are granted', () => goesWell(() => directory.claim(hall, facts, 0)), 10_000)
    await waitUntil('the lease is held', () => seat.lease.holds(), 10_000)
    await waitUntil('the node is in the view', () =>
      goesWell(async () => assert.ok((await membership.refresh()).get(facts.process))),
    )
    const [owner, next] = await directory.resolveMany([room, hall])
    assert.deepEqual(owner, { process: facts.process, incarnation: facts.incarnation, epoch: 1 })
    assert.equal(next?.process, facts.process)
    const there = String(await other.ask('CLIENT', 'LIST'))
    for (const name of ['node-1', 'node-1-lease'])
      assert.ok(there.includes(` name=${name} `), `${name} is at the new master`)
  } finally {
    await seat.stop()
  }
}
