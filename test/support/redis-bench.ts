import { randomBytes } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MembershipBench } from '../../cluster/membership/membership.contract.ts'
import { awaitRedis, connectRedis, type RedisClient } from '../../cluster/membership/redis-connection.ts'
import { RedisDirectory } from '../../cluster/membership/redis-directory.ts'
import { redisKeys } from '../../cluster/membership/redis-keys.ts'
import { RedisLeaseStore } from '../../cluster/membership/redis-lease-store.ts'
import { RedisMembership } from '../../cluster/membership/redis-membership.ts'
import { backgroundTimers, systemClock } from '../../bin/system-ports.ts'
import { silentLogger } from './silent-logger.ts'

/** A hash tag of a test's own. */
export const randomPrefix = (): string => `{t${randomBytes(6).toString('hex')}}`

/** Leases and owners in the Redis of a URL, under keys of their own that are removed at the end. */
export async function redisBench(
  url: string,
  prefix = randomPrefix(),
): Promise<MembershipBench & { readonly redis: RedisClient }> {
  const redis = connectRedis({ url, name: 'test', logger: silentLogger })
  await awaitRedis(redis, 5_000)
  const keys = redisKeys(prefix)
  const deps = { redis, keys, clock: systemClock, timers: backgroundTimers, logger: silentLogger }
  return {
    redis,
    leases: new RedisLeaseStore(redis, keys),
    directory: new RedisDirectory(redis, keys),
    membership: new RedisMembership(deps),
    pass: (ms) => sleep(ms),
    close: async () => {
      const servers = 'nodes' in redis ? redis.nodes('master') : [redis]
      for (const server of servers) {
        const made = await server.keys(`${prefix}*`)
        if (made.length > 0) await server.del(...made)
      }
      redis.disconnect()
    },
  }
}
