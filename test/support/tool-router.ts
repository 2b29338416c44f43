import { randomUUID } from 'node:crypto'
import { backgroundTimers, systemClock, systemRandom } from '../../bin/system-ports.ts'
import { createPlacement, protocolRange, RedisCluster, Router, TcpTransport } from '../../cluster/index.ts'
import type { IncomingDatagram, IncomingPush } from '../../cluster/routing/port.ts'
import type { Incarnation, ProcessId } from '../../protocol/ids.ts'
import type { TestCluster } from './cluster.ts'
import { services } from './services.ts'
import { silentLogger } from './silent-logger.ts'

const nothing = () => undefined

/** The way to the actors of a test's cluster, as a tool has one. */
export async function openToolRouter(
  cluster: TestCluster,
  hear: { onPush(push: IncomingPush): void; onDatagram(datagram: IncomingDatagram): void },
): Promise<{ readonly router: Router; close(): Promise<void> }> {
  const name = 'bench-1' as ProcessId
  const ports = { clock: systemClock, timers: backgroundTimers, logger: silentLogger }
  const seen = new RedisCluster({ url: services.redisUrl(), keyPrefix: cluster.keyPrefix, name, ...ports })
  const self = {
    process: name,
    incarnation: randomUUID() as Incarnation,
    role: 'tool',
    protocol: protocolRange,
  } as const
  const secret = cluster.env['CLUSTER_SECRET'] ?? ''
  const detours = { opened: nothing, closed: nothing, failed: nothing }
  const router = new Router({
    ...{ membership: seen.membership, directory: seen.directory, placement: await createPlacement() },
    transport: new TcpTransport({ self, secret, ...ports }),
    ...{ ...ports, random: systemRandom },
    observer: { asked: nothing, forwarded: nothing, staleFrame: nothing, recovered: nothing, detours },
    ...hear,
  })
  await seen.start(5_000)
  return {
    router,
    close: async () => {
      await router.close()
      seen.stop()
    },
  }
}
