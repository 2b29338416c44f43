import { Redis } from 'ioredis'
import type { Logger } from '../../protocol/ports.ts'

export interface RedisOptions {
  readonly url: string
  /** Shown by `CLIENT LIST`. */
  readonly name: string
  readonly logger: Logger
}

/**
 * A connection for control traffic: a command has 400 ms, none is queued while Redis is away, and it comes back by itself.
 * What fails is tried again by those who know whether that still makes sense.
 */
export function connectRedis({ url, name, logger }: RedisOptions): Redis {
  const redis = new Redis(url, {
    connectionName: name,
    commandTimeout: 400,
    connectTimeout: 1_000,
    socketTimeout: 2_000,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    autoResendUnfulfilledCommands: false,
    retryStrategy: (attempt) => Math.min(50 * attempt, 500),
    lazyConnect: true,
  })
  let isUp: boolean | null = null
  redis.on('ready', () => {
    if (isUp === false) logger.info({ connection: name }, 'redis.back')
    isUp = true
  })
  redis.on('error', (err: Error) => {
    // One line for each outage, not one for each attempt.
    if (isUp !== false) logger.warn({ connection: name, err }, 'redis.away')
    isUp = false
  })
  return redis
}

/** Resolves once the connection is up; rejects with the reason after `withinMs`. */
export async function awaitRedis(redis: Redis, withinMs: number): Promise<void> {
  if (redis.status === 'ready') return
  await new Promise<void>((resolve, reject) => {
    let last: Error | null = null
    const keep = (error: Error) => (last = error)
    const settle = (error: Error | null) => {
      clearTimeout(timer)
      redis.off('ready', ready).off('error', keep)
      if (error) reject(error)
      else resolve()
    }
    const ready = () => settle(null)
    const timer = setTimeout(() => settle(new Error('Redis does not answer', { cause: last })), withinMs)
    redis.once('ready', ready).on('error', keep)
    // Its failures come as error events, and it goes on trying.
    redis.connect().catch(() => undefined)
  })
}
