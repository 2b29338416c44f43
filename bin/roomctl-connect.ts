import { randomUUID } from 'node:crypto'
import { actorDefinitions } from '../actors/index.ts'
import {
  createPlacement,
  JournalReader,
  order,
  pastOf,
  protocolRange,
  RedisCluster,
  Router,
  TcpTransport,
} from '../cluster/index.ts'
import { createZoneMetrics, RegionAsks, Zones } from '../gateway/index.ts'
import {
  createPool,
  PgActorJournal,
  PgAuditRecords,
  PgAuditTrail,
  PgJournalHistory,
  PgRaidBook,
  PgZoneRecords,
  persistenceMetrics,
  writeRecord,
} from '../persistence/index.ts'
import type { RecordWrite } from '../persistence/record-writes.ts'
import type { Incarnation, ProcessId } from '../protocol/ids.ts'
import { loadOwnConfig } from './config.ts'
import { createLogger } from './logger.ts'
import { createRegistry } from './metrics.ts'
import { createBackend, type RoomctlBackend } from './roomctl-backend.ts'
import { localSettings } from './roomctl-places.ts'
import { backgroundTimers, systemClock, systemRandom } from './system-ports.ts'

/** Redis gets so long, ms: a person waits. */
const redisWithinMs = 3_000

/** A drain may take 30 s. */
const orderWithinMs = 40_000

const nothing = () => undefined

/** Connects to the cluster that the environment names, else to the one that `npm start` runs here. Throws ConfigError. */
export async function connectBackend(dataFolder: string): Promise<RoomctlBackend> {
  const config = loadOwnConfig('roomctl', localSettings(dataFolder))
  const name = `roomctl-${process.pid}` as ProcessId
  // What goes wrong is told by the command itself; a log line would only stand in its way.
  const logger = createLogger({ process: name, role: 'roomctl' }, { ...config.log, level: 'error' }, { write: nothing })
  const [clock, timers] = [systemClock, backgroundTimers]
  const { url, keyPrefix } = config.redis
  const cluster = new RedisCluster({ url, keyPrefix, name, clock, timers, logger })
  const pool = createPool(config.database.url, { applicationName: name, maxConnections: 1, logger })
  const journal = new PgActorJournal<RecordWrite>(pool, writeRecord, persistenceMetrics(createRegistry()))
  const identity = {
    process: name,
    incarnation: randomUUID() as Incarnation,
    role: 'tool',
    protocol: protocolRange,
  } as const
  const placement = await createPlacement()
  const transport = new TcpTransport({ self: identity, ...config.cluster, clock, timers, logger })
  const detours = { opened: nothing, closed: nothing, failed: nothing }
  const router = new Router({
    membership: cluster.membership,
    directory: cluster.directory,
    placement,
    transport,
    clock,
    timers,
    random: systemRandom,
    logger,
    observer: { asked: nothing, forwarded: nothing, staleFrame: nothing, recovered: nothing, detours },
    onPush: (push) => zones.handlePush(push),
    onDatagram: (datagram) => zones.handleDatagram(datagram),
  })
  // As a gateway by which nobody enters, so that nothing stands on anybody.
  const zones = new Zones({
    ...{ router, clock, timers, random: systemRandom, logger, metrics: createZoneMetrics(createRegistry()) },
    wider: { on: () => Promise.resolve(new Map()), listen: () => Promise.resolve(() => Promise.resolve()) },
  })
  const close = async () => {
    zones.stop()
    await router.close()
    cluster.stop()
    await pool.end()
  }
  try {
    await cluster.start(redisWithinMs)
  } catch (error) {
    await close()
    throw error
  }
  const history = new PgJournalHistory(pool)
  const definitions = actorDefinitions({ joinGraceMs: config.rooms.joinGraceMs })
  return createBackend({
    membership: cluster.membership,
    directory: cluster.directory,
    router,
    journal: new JournalReader<RecordWrite>({ definitions, journal, clock }),
    placement,
    history,
    auditTrail: new PgAuditTrail(pool),
    auditRecords: new PgAuditRecords(pool),
    raids: new PgRaidBook(pool),
    zones: new PgZoneRecords(pool),
    zoneRegions: new RegionAsks(zones, timers),
    nowMs: () => clock.wallMs(),
    past: (key, upTo) => pastOf(key, upTo, { definitions, history }),
    order: (node, request) => order(node, request, { transport, timers, withinMs: orderWithinMs }),
    random: systemRandom,
    close,
  })
}
