import { Redis } from 'ioredis'

/** How many commands this Redis has carried out since it started, the ones of this look aside. */
export async function redisCommands(url: string): Promise<number> {
  const redis = new Redis(url)
  try {
    const stats = await redis.info('commandstats')
    return [...stats.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)]
      .filter(([, name]) => name !== 'info' && !name?.startsWith('client'))
      .reduce((sum, [, , calls]) => sum + Number(calls), 0)
  } finally {
    redis.disconnect()
  }
}
