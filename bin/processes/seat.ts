import { randomUUID } from 'node:crypto'
import {
  ClusterSeat,
  createPlacement,
  placementVersion,
  protocolRange,
  type LeaseFallback,
} from '../../cluster/index.ts'
import type { MemberFacts, ProcessRole } from '../../cluster/membership/port.ts'
import { PgJournalHistory } from '../../persistence/index.ts'
import type { Incarnation } from '../../protocol/ids.ts'
import type { Logger } from '../../protocol/ports.ts'
import type { CommonConfig, NeededConfig } from '../config.ts'
import { createClusterPage, type ActorsHere, type ClusterPage } from '../cluster-page.ts'
import type { Lifecycle } from '../lifecycle.ts'
import { backgroundTimers, systemClock, systemRandom } from '../system-ports.ts'
import type { openPool } from './storage.ts'

/** Redis may be so long in coming up with us, ms. */
export const redisWithinMs = 10_000

/** What a process tells the others of itself; a new incarnation at every call. */
export function factsOf(role: ProcessRole, config: CommonConfig): MemberFacts {
  return {
    process: config.processId,
    incarnation: randomUUID() as Incarnation,
    role,
    pid: process.pid,
    address: role === 'node' ? { host: config.node.host, port: config.node.port } : null,
    adminPort: config.adminPort,
    hostLabel: config.hostLabel,
    region: config.region,
    protocol: protocolRange,
    placementVersion,
    weight: config.node.weight,
    startedAtMs: systemClock.wallMs(),
  }
}

export interface SeatOptions {
  readonly log: Logger
  readonly lifecycle: Lifecycle
  /** Actors owned now. Default none. */
  readonly load?: () => number
  /** Where the lease is kept while Redis cannot be asked. */
  readonly fallback?: LeaseFallback
}

/** A seat in the cluster that is given back when the process stops. */
export async function takeSeat(
  facts: MemberFacts,
  { redis }: Pick<NeededConfig, 'redis'>,
  { log, lifecycle, load = () => 0, fallback }: SeatOptions,
): Promise<ClusterSeat> {
  const seat = new ClusterSeat({
    facts,
    url: redis.url,
    keyPrefix: redis.keyPrefix,
    clock: systemClock,
    timers: backgroundTimers,
    random: systemRandom,
    logger: log,
    load,
    ...(fallback ? { fallback } : {}),
  })
  lifecycle.onStop('lease', () => seat.stop())
  await seat.start(redisWithinMs)
  return seat
}

/** What the admin port of a process with this seat shows of the cluster. */
export const pageOf = async (
  self: MemberFacts,
  seat: ClusterSeat,
  pool: ReturnType<typeof openPool>,
  here?: ActorsHere,
): Promise<ClusterPage> =>
  createClusterPage({
    self,
    membership: seat.cluster.membership,
    directory: seat.cluster.directory,
    lease: seat.lease,
    placement: await createPlacement(),
    history: new PgJournalHistory(pool),
    timers: backgroundTimers,
    ...(here ? { here } : {}),
  })
