import assert from 'node:assert/strict'
import { test } from 'node:test'
import { membershipContract } from '../../cluster/membership/membership.contract.ts'
import { awaitRedis, connectRedis } from '../../cluster/membership/redis-connection.ts'
import { RedisDirectory } from '../../cluster/membership/redis-directory.ts'
import { redisKeys } from '../../cluster/membership/redis-keys.ts'
import type { MemberFacts } from '../../cluster/membership/port.ts'
import { randomPrefix, redisBench } from '../support/redis-bench.ts'
import { services } from '../support/services.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { memberFacts } from '../support/specimens.ts'

membershipContract('leases and owners in Redis', () => redisBench(services.redisUrl()))

test('a script that Redis has forgotten is sent again', async () => {
  const redis = connectRedis({ url: services.redisUrl(), name: 'test', logger: silentLogger })
  await awaitRedis(redis, 5_000)
  const directory = new RedisDirectory(redis, redisKeys(randomPrefix()))
  await redis.script('FLUSH')
  assert.deepEqual(await directory.resolveMany(['room:none' as never]), [null])
  redis.disconnect()
})

test('while Redis is away questions fail at once, and the wait for it names the reason', async () => {
  const redis = connectRedis({ url: 'redis://127.0.0.1:1', name: 'test', logger: silentLogger })
  await assert.rejects(awaitRedis(redis, 300), (error: Error) => /ECONNREFUSED/.test(String(error.cause)))
  await assert.rejects(new RedisDirectory(redis, redisKeys('{t}')).resolveMany(['room:none' as never]))
  redis.disconnect()
})

test('a process of a build that named no region is a member like any other, of no region', async () => {
  const bench = await redisBench(services.redisUrl())
  try {
    const { region: _, ...facts } = memberFacts('node-old')
    const held = await bench.leases.hold(
      facts as MemberFacts,
      { state: 'up', load: 3 },
      { leaseMs: 3_000, takeOver: false },
    )
    assert.equal(held, 'held')
    const { region, weight, load } = (await bench.membership.refresh()).get(facts.process) ?? assert.fail('no member')
    assert.deepEqual({ region, weight, load }, { region: null, weight: 1, load: 3 })
  } finally {
    await bench.close()
  }
})
