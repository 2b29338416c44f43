import { createPlacement, Router, routerMetrics, TcpTransport, type ClusterSeat } from '../../cluster/index.ts'
import type { MemberFacts } from '../../cluster/membership/port.ts'
import type { IncomingDatagram, IncomingPush } from '../../cluster/routing/port.ts'
import type { Transport } from '../../cluster/transport/port.ts'
import type { CommonConfig, NeededConfig } from '../config.ts'
import { backgroundTimers, systemClock, systemRandom } from '../system-ports.ts'
import type { Frame } from './frame.ts'

/** A process's way to actors; its links close when the process stops. A node, which takes links too, brings the transport that it listens with. */
export async function openRouter(
  self: MemberFacts,
  seat: ClusterSeat,
  config: Pick<CommonConfig, 'commandDeadlineMs'> & Pick<NeededConfig, 'cluster'>,
  {
    log,
    lifecycle,
    registry,
    onPush,
    onDatagram,
    transport,
  }: Frame & {
    onPush: (push: IncomingPush) => void
    onDatagram?: (datagram: IncomingDatagram) => void
    transport?: Transport
  },
): Promise<Router> {
  const clock = systemClock
  const timers = backgroundTimers
  const router = new Router({
    membership: seat.cluster.membership,
    directory: seat.cluster.directory,
    placement: await createPlacement(),
    transport: transport ?? new TcpTransport({ self, ...config.cluster, clock, timers, logger: log }),
    clock,
    timers,
    random: systemRandom,
    logger: log,
    observer: routerMetrics(registry),
    onPush,
    ...(onDatagram ? { onDatagram } : {}),
    defaultDeadlineMs: config.commandDeadlineMs,
  })
  lifecycle.onStop('router', () => router.close())
  return router
}
