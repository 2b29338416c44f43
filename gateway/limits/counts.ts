import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes, type RateLimiterAbstract } from 'rate-limiter-flexible'
import type { RedisClient } from '../../cluster/index.ts'

/** What a count came to. */
export interface Count {
  readonly isOver: boolean
  readonly remaining: number
  /** Until the window ends. Ms. */
  readonly resetMs: number
}

/** Counts one limit by key, in windows that begin with the first count of a key. */
export interface Counter {
  /** Counts so many more. Rejects when the count cannot be had. */
  count(key: string, used: number): Promise<Count>
}

export interface CounterOptions {
  readonly points: number
  readonly windowS: number
}

/** Counts that all gateways of one Redis share. Rejects at once while the connection is down. */
export function sharedCounter(redis: RedisClient, keyPrefix: string, { points, windowS }: CounterOptions): Counter {
  const limiter = new RateLimiterRedis({
    storeClient: redis,
    keyPrefix,
    points,
    duration: windowS,
    rejectIfRedisNotReady: true,
  })
  return { count: (key, used) => countOn(limiter, key, used) }
}

/** Keys of one limit that a gateway counts alone; with one more all begin anew, so that a flood of addresses costs no more memory. */
const maxKeysAlone = 50_000

/** Counts of this process alone. */
export function ownCounter({ points, windowS }: CounterOptions, maxKeys = maxKeysAlone): Counter {
  const fresh = () => new RateLimiterMemory({ points, duration: windowS })
  let limiter = fresh()
  // More than there are: keys whose window ended are not taken off.
  let keys = 0
  return {
    async count(key, used) {
      const counted = await countOn(limiter, key, used)
      if (counted.isFirst) keys += 1
      if (keys > maxKeys) {
        limiter = fresh()
        keys = 0
      }
      return counted
    },
  }
}

async function countOn(
  limiter: RateLimiterAbstract,
  key: string,
  used: number,
): Promise<Count & { readonly isFirst: boolean }> {
  try {
    return read(await limiter.consume(key, used), false)
  } catch (refusal) {
    if (refusal instanceof RateLimiterRes) return read(refusal, true)
    throw refusal
  }
}

const read = ({ remainingPoints, msBeforeNext, isFirstInDuration }: RateLimiterRes, isOver: boolean) => ({
  isOver,
  remaining: remainingPoints,
  resetMs: Math.max(0, msBeforeNext),
  isFirst: isFirstInDuration,
})
