import { readFileSync } from 'node:fs'
import { awaitRedis, connectRedis, watchLease, type RedisClient } from '../../cluster/index.ts'
import {
  argon2id,
  createAuthenticator,
  createGateway,
  createGatewayMetrics,
  createInviteTokens,
  createResumeTokens,
  Revocations,
  JwksKeys,
  Limits,
  peppered,
  publicKey,
  secretKey,
  type Gateway,
  type KeySource,
  type SigningKey,
} from '../../gateway/index.ts'
import {
  callRecordMetrics,
  CallRecorder,
  PgAuditRecords,
  PgPersonExports,
  PgPersonRecords,
  PgCallStore,
  PgInviteRecords,
  PgQualityRollups,
  PgRevokedTokens,
  PgRaidBook,
  PgRaidNotices,
  PgRoomRecords,
  PgSanctionRecords,
  PgWiderSanctions,
  PgWebhookRegistry,
  PgZoneRecords,
  webhookSecrets,
} from '../../persistence/index.ts'
import type { Logger } from '../../protocol/ports.ts'
import type { Config, NeededConfig } from '../config.ts'
import { watchServerTls } from '../server-certificate.ts'
import { backgroundTimers, systemClock, systemRandom } from '../system-ports.ts'
import type { Frame } from './frame.ts'
import { openRouter } from './router.ts'
import { factsOf, pageOf, redisWithinMs, takeSeat } from './seat.ts'
import { openPool } from './storage.ts'
import { webhookAddresses } from './webhooks.ts'

function keysOf({ key, algorithm }: NeededConfig['jwt'], log: Logger): KeySource {
  switch (key.from) {
    case 'secret':
      return secretKey(key.secret)
    case 'publicKey':
      return publicKey(key.pem, algorithm)
    case 'jwks':
      return new JwksKeys({ url: key.url, algorithm }, systemClock, log, systemRandom)
  }
}

const rulesOf = ({ issuer, audience }: NeededConfig['jwt']) => ({
  ...(issuer === undefined ? {} : { issuer }),
  ...(audience === undefined ? {} : { audience }),
})

/** Tokens for guests are signed in development only, and only with a secret that is at hand. */
function signingOf({ environment, jwt }: Config<'gateway'>): { signing: SigningKey; tokenTtlS: number } | null {
  if (environment !== 'development' || jwt.key.from !== 'secret') return null
  const signing = { key: jwt.key.secret, ...rulesOf(jwt) }
  return { signing, tokenTtlS: Math.floor(jwt.expirationMs / 1_000) }
}

/** A connection for limits alone: a flood of counts must not hold up a lease. */
async function openCounts({ processId, redis }: Config<'gateway'>, { log, lifecycle }: Frame): Promise<RedisClient> {
  const counts = connectRedis({ url: redis.url, name: `${processId}-limits`, logger: log })
  lifecycle.onStop('limits', () => counts.disconnect())
  await awaitRedis(counts, redisWithinMs)
  return counts
}

/** Rows of calls that wait when the process stops are written for so long at the most, ms. */
const recordsStopMs = 3_000

/** Takes a renewed certificate, and says so where clients come in the clear. */
function watchEdges({ environment, http }: Config<'gateway'>, gateway: Gateway, { log, lifecycle }: Frame): void {
  if (http.tls) {
    const sources = () => ({ nowMs: systemClock.wallMs(), readFile: (path: string) => readFileSync(path, 'utf8') })
    const cancel = watchServerTls(http.tls, (tls) => gateway.renewCertificate(tls), {
      ...{ sources, timers: backgroundTimers, logger: log },
    })
    lifecycle.onStop('certificate', cancel)
  } else if (environment === 'production' && http.trustedProxies.length === 0) {
    log.warn({}, 'tls.nobody_speaks_it')
  }
}

const webhooksOf = ({ webhooks }: Config<'gateway'>, pool: ReturnType<typeof openPool>) =>
  webhooks.key === null
    ? null
    : {
        registry: new PgWebhookRegistry(pool, systemClock),
        secretOf: webhookSecrets(webhooks.key),
        urlProblem: webhookAddresses(webhooks).urlProblem,
      }

/** A gateway: it holds the players' sockets and serves REST. */
export async function startGateway(config: Config<'gateway'>, frame: Frame): Promise<void> {
  const { log, lifecycle, registry } = frame
  const self = factsOf('gateway', config)
  const pool = openPool(config, frame)
  const seat = await takeSeat(self, config, { log, lifecycle })
  const { membership } = seat.cluster
  watchLease(registry, seat.lease)

  const metrics = createGatewayMetrics(registry)
  const limits = new Limits({
    ...{ redis: await openCounts(config, frame), keyPrefix: config.redis.keyPrefix, budgets: config.limits, metrics },
    ...{ clock: systemClock, timers: backgroundTimers, logger: log },
  })

  let gateway: Gateway | null = null
  const router = await openRouter(self, seat, config, {
    ...frame,
    onPush: (push) => gateway?.handlePush(push),
    onDatagram: (datagram) => gateway?.handleDatagram(datagram),
  })
  const { turnSecret, stunServers, turnServers } = config.ice
  const calls = new CallRecorder({
    store: new PgCallStore(pool),
    keep: config.calls.storeSignaling,
    ...{ clock: systemClock, timers: backgroundTimers, random: systemRandom, logger: log },
    observe: callRecordMetrics(registry),
  })
  // Behind the last client, who may still be heard until then.
  lifecycle.onStop('records of calls', () => calls.stop(recordsStopMs), recordsStopMs + 1_000)
  const revoked = new PgRevokedTokens(pool)
  const revocations = new Revocations({ revoked, clock: systemClock, timers: backgroundTimers, logger: log })
  gateway = createGateway(
    {
      router,
      rooms: new PgRoomRecords(pool),
      calls,
      rollups: new PgQualityRollups(pool),
      sanctions: new PgSanctionRecords(pool),
      wider: new PgWiderSanctions({ pool, databaseUrl: config.database.url, timers: backgroundTimers, logger: log }),
      audit: new PgAuditRecords(pool),
      webhooks: webhooksOf(config, pool),
      persons: new PgPersonRecords(pool),
      exports: new PgPersonExports(pool),
      auth: createAuthenticator(
        { keys: keysOf(config.jwt, log), algorithm: config.jwt.algorithm, revocations, ...rulesOf(config.jwt) },
        systemClock,
      ),
      ...{ revoked, revocations },
      resumeTokens: createResumeTokens(config.resume.secret, systemClock),
      invites: new PgInviteRecords(pool),
      raids: new PgRaidBook(pool),
      zones: new PgZoneRecords(pool),
      raidNotices: new PgRaidNotices({ pool, databaseUrl: config.database.url, timers: backgroundTimers, logger: log }),
      inviteTokens: createInviteTokens(config.resume.secret),
      hasher: peppered(argon2id, config.passwords.peppers),
      limits,
      metrics,
      clock: systemClock,
      timers: backgroundTimers,
      random: systemRandom,
      logger: log,
      unreadyReasons: () => (membership.view().nodes().length > 0 ? [] : ['no node holds a lease']),
    },
    {
      // In development nobody else's machine has any business here.
      host: config.environment === 'development' ? '127.0.0.1' : '0.0.0.0',
      httpPort: config.http.port,
      wsPort: config.ws.port,
      wsPath: config.ws.path,
      readTimeoutMs: config.http.readTimeoutMs,
      writeTimeoutMs: config.http.writeTimeoutMs,
      metricsPath: config.metrics.enabled ? config.metrics.path : null,
      corsOrigins: config.http.corsOrigins,
      tls: config.http.tls,
      trustedProxies: config.http.trustedProxies,
      socketFps: config.limits.socketFps,
      ice: { stunServers, turnServers, ...(turnSecret === undefined ? {} : { turnSecret }) },
      development: signingOf(config),
    },
  )
  const listening = gateway
  await listening.start()
  watchEdges(config, listening, frame)
  lifecycle.onStop('clients', () => listening.stop(), 10_000)
  frame.tell({
    checks: () => (membership.view().nodes().length > 0 ? [] : ['no node holds a lease']),
    cluster: await pageOf(self, seat, pool),
  })
  await seat.lease.announce('up')
}
