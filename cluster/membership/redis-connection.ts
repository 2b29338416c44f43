import { Cluster, Redis } from 'ioredis'
import type { Logger } from '../../protocol/ports.ts'
import { parseRedisUrl, type RedisAddress } from './redis-address.ts'

/** A connection to one server, to the master of a Sentinel set, or to a Redis Cluster. */
export type RedisClient = Redis | Cluster

export interface RedisOptions {
  readonly url: string
  /** Shown by `CLIENT LIST`. */
  readonly name: string
  readonly logger: Logger
}

/** What holds for every connection to a server, whoever names it. */
const bounds = {
  commandTimeout: 400,
  connectTimeout: 1_000,
  maxRetriesPerRequest: 1,
  autoResendUnfulfilledCommands: false,
} as const

const retryStrategy = (attempt: number): number => Math.min(50 * attempt, 500)

/**
 * A server that says nothing for so long, ms, after a command is hung up on, where another may have taken its place: two
 * commands have run out of time by then.
 */
const replaceableSilenceMs = 800

/**
 * A connection for control traffic: a command has 400 ms, none is queued while Redis is away, and it comes back by itself.
 * What fails is tried again by those who know whether that still makes sense. Throws RedisUrlError.
 */
export function connectRedis({ url, name, logger }: RedisOptions): RedisClient {
  const redis = clientOf(parseRedisUrl(url), name)
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

function clientOf(address: RedisAddress, name: string): RedisClient {
  switch (address.kind) {
    case 'server':
      return new Redis(address.url, {
        ...bounds,
        ...{ connectionName: name, retryStrategy, socketTimeout: 2_000, enableOfflineQueue: false, lazyConnect: true },
      })
    case 'sentinel':
      return new Redis({ ...bounds, ...sentinelOptions(address), connectionName: name, lazyConnect: true })
    case 'cluster':
      return new Cluster([...address.hosts], { ...clusterOptions(address, name), lazyConnect: true })
  }
}

/**
 * Every connect asks the Sentinels anew who the master is, so to hang up is to look for the new one. ioredis's own
 * `failoverDetector` is left off: when its message comes while the master is being looked for, the client ends for good.
 */
function sentinelOptions(address: Extract<RedisAddress, { kind: 'sentinel' }>) {
  const { hosts, master, database, isTls, login, sentinelLogin } = address
  return {
    ...{ sentinels: [...hosts], name: master, role: 'master' as const, db: database },
    ...given(login),
    ...(sentinelLogin.username === undefined ? {} : { sentinelUsername: sentinelLogin.username }),
    ...(sentinelLogin.password === undefined ? {} : { sentinelPassword: sentinelLogin.password }),
    ...(isTls ? { tls: {}, sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
    sentinelCommandTimeout: bounds.commandTimeout,
    sentinelRetryStrategy: retryStrategy,
    retryStrategy,
    socketTimeout: replaceableSilenceMs,
    enableOfflineQueue: false,
    // A master that was demoted, or that knows itself cut off from its replicas, is the master no more.
    reconnectOnError: ({ message }: Error) => /^(READONLY|NOREPLICAS|MASTERDOWN)\b/.test(message),
  }
}

function clusterOptions({ isTls, login }: Extract<RedisAddress, { kind: 'cluster' }>, name: string) {
  return {
    enableOfflineQueue: false,
    // What is tried again here is only what was sent to the wrong server.
    ...{ maxRedirections: 3, retryDelayOnFailover: 0, retryDelayOnClusterDown: 0 },
    clusterRetryStrategy: retryStrategy,
    slotsRefreshInterval: 5_000,
    redisOptions: {
      ...bounds,
      ...given(login),
      connectionName: name,
      socketTimeout: replaceableSilenceMs,
      ...(isTls ? { tls: {} } : {}),
    },
    // Certificates name hosts: with TLS a name is not looked up before it is dialled.
    ...(isTls ? { dnsLookup: (host: string, done: (error: null, address: string) => void) => done(null, host) } : {}),
  }
}

const given = ({ username, password }: { username: string | undefined; password: string | undefined }) => ({
  ...(username === undefined ? {} : { username }),
  ...(password === undefined ? {} : { password }),
})

/** Resolves once the connection is up; rejects with the reason after `withinMs`. */
export async function awaitRedis(redis: RedisClient, withinMs: number): Promise<void> {
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
