import type { Clock, Logger, Random, Timers } from '../../protocol/ports.ts'
import { LeaseKeeper, type LeaseFallback } from './lease-keeper.ts'
import type { MemberFacts } from './port.ts'
import { awaitRedis, connectRedis, type RedisClient } from './redis-connection.ts'
import { RedisDirectory } from './redis-directory.ts'
import { redisKeys } from './redis-keys.ts'
import { RedisLeaseStore } from './redis-lease-store.ts'
import { RedisMembership } from './redis-membership.ts'

export interface RedisClusterOptions {
  readonly url: string
  /** In front of every key; holds the hash tag. */
  readonly keyPrefix: string
  /** Shown by Redis in `CLIENT LIST`. */
  readonly name: string
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
}

/** The cluster as Redis knows it, for whoever only looks. */
export class RedisCluster {
  readonly membership: RedisMembership
  readonly directory: RedisDirectory
  readonly #redis: RedisClient

  constructor({ url, keyPrefix, name, clock, timers, logger }: RedisClusterOptions) {
    this.#redis = connectRedis({ url, name, logger })
    const keys = redisKeys(keyPrefix)
    this.membership = new RedisMembership({ redis: this.#redis, keys, clock, timers, logger })
    this.directory = new RedisDirectory(this.#redis, keys)
  }

  /** Rejects when Redis does not answer in time. */
  async start(withinMs: number): Promise<void> {
    await awaitRedis(this.#redis, withinMs)
    await this.membership.start()
  }

  stop(): void {
    this.membership.stop()
    this.#redis.disconnect()
  }
}

export interface ClusterSeatOptions extends Omit<RedisClusterOptions, 'name'> {
  readonly facts: MemberFacts
  readonly random: Random
  /** Actors owned now. */
  readonly load: () => number
  /** Where the lease is kept while Redis cannot be asked. */
  readonly fallback?: LeaseFallback
}

/** A process's place in the cluster: its lease, on a connection of its own, and its view of the others. */
export class ClusterSeat {
  readonly lease: LeaseKeeper
  readonly cluster: RedisCluster
  readonly #redis: RedisClient
  readonly #logger: Logger

  constructor({ facts, random, load, fallback, ...options }: ClusterSeatOptions) {
    const { url, keyPrefix, clock, timers, logger } = options
    this.#logger = logger
    this.cluster = new RedisCluster({ ...options, name: facts.process })
    this.#redis = connectRedis({ url, name: `${facts.process}-lease`, logger })
    const store = new RedisLeaseStore(this.#redis, redisKeys(keyPrefix))
    this.lease = new LeaseKeeper({
      ...{ facts, store, clock, timers, random, logger, load },
      ...(fallback ? { fallback } : {}),
    })
  }

  /** Takes the lease and begins to watch the others; still `joining` until it announces more. Rejects when Redis is away. */
  async start(withinMs: number): Promise<void> {
    await Promise.all([awaitRedis(this.#redis, withinMs), this.cluster.start(withinMs)])
    await this.lease.start()
    await this.cluster.membership.refresh()
  }

  /** Gives the lease back and closes the connections. */
  async stop(): Promise<void> {
    try {
      await this.lease.stop()
    } catch (err) {
      // It runs out by itself.
      this.#logger.warn({ err }, 'lease.not_given_back')
    }
    this.cluster.stop()
    this.#redis.disconnect()
  }
}
