import { actorDefinitions, actorMetricTexts, residentKinds } from '../../actors/index.ts'
import {
  ActorHost,
  Appender,
  createPlacement,
  evacuateWithoutRecord,
  handHome,
  Drain,
  DirectoryRepair,
  handOffMetrics,
  HandOffs,
  hostMetrics,
  linkMetrics,
  LinkServer,
  liveNode,
  NodeControls,
  passageMetrics,
  RecordWatch,
  TcpTransport,
  Watchdog,
  watchHost,
  watchLease,
  watchLoad,
  type LeaseFallback,
} from '../../cluster/index.ts'
import { PgNodeLeases, RecordProbe } from '../../persistence/index.ts'
import type { LeaseGuard } from '../../cluster/membership/port.ts'
import type { ActorJournal } from '../../persistence/journal/port.ts'
import type { RecordWrite } from '../../persistence/record-writes.ts'
import type { Config } from '../config.ts'
import { backgroundTimers, systemClock } from '../system-ports.ts'
import type { Frame } from './frame.ts'
import { LoadWatch } from './load-watch.ts'
import { openRouter } from './router.ts'
import { factsOf, pageOf, takeSeat } from './seat.ts'
import { openJournal, openPool } from './storage.ts'

/** Exit code of a node that lost its lease: start it again (EX_TEMPFAIL of sysexits.h). */
export const leaseLostExitCode = 75

/** A node that is told to stop hands its actors on for so long, ms; what is left then is loaded elsewhere when it is asked for. */
const drainMs = 20_000

/** While memory is short, an actor that nobody uses leaves it after so long, ms. */
const shortIdleMs = 60_000

/** The parts a fault test puts in the place of a node's own. */
export interface NodeParts {
  /** What the node asks before it acts. */
  readonly guard?: (lease: LeaseGuard) => LeaseGuard
  readonly journal?: (journal: ActorJournal<RecordWrite>) => ActorJournal<RecordWrite>
  /** False: neither a lost lease nor a stalled loop ends the process. Default true. */
  readonly endsItself?: boolean
}

/** A node: it hosts actors and takes links from the processes that send them commands. */
export async function startNode(config: Config<'node'>, frame: Frame, parts: NodeParts = {}): Promise<void> {
  const { log, lifecycle, registry } = frame
  const clock = systemClock
  const timers = backgroundTimers
  const self = factsOf('node', config)
  const endsItself = parts.endsItself ?? true

  const pool = openPool(config, frame)
  const postgresJournal = openJournal(pool, frame)
  const journal = parts.journal?.(postgresJournal) ?? postgresJournal

  let host: ActorHost<RecordWrite> | null = null
  const transport = new TcpTransport({ self, ...config.cluster, clock, timers, logger: log })
  lifecycle.onStop('links', () => transport.close())
  const nodeLeases = new PgNodeLeases(pool)
  const fallback: LeaseFallback = {
    hold: (leaseMs) => nodeLeases.hold(self, leaseMs),
    end: async () => {
      // First what Redis may have lost: once the lease in Postgres is gone, it alone says who owns what.
      await repair.all()
      await nodeLeases.release(self)
    },
  }
  const seat = await takeSeat(self, config, { log, lifecycle, load: () => host?.owned ?? 0, fallback })
  const repair = new DirectoryRepair({
    ...{ self, directory: seat.cluster.directory, clock, timers, logger: log },
    owned: () => host?.actors() ?? [],
    lost: (key, epoch) => host?.supersede(key, epoch),
  })
  const lease = parts.guard?.(seat.lease) ?? seat.lease
  const links = new LinkServer({
    observer: linkMetrics(registry),
    sink: () => actors,
    controls: () => controls,
    clock,
    lease,
    logger: log,
  })
  const actors = new ActorHost<RecordWrite>(
    {
      self,
      definitions: actorDefinitions({ joinGraceMs: config.rooms.joinGraceMs }),
      directory: seat.cluster.directory,
      journal,
      appender: new Appender(journal, timers, { soon: setImmediate }),
      lease,
      clock,
      timers,
      logger: log,
      observer: hostMetrics(registry, actorMetricTexts),
      options: { idleMs: config.rooms.idleMs },
      soon: setImmediate,
      residents: { kinds: residentKinds({ clock, timers, logger: log }), router: () => router },
      takesJoins: () => !load.load.shedsJoins.isOn,
      takesWrites: () => !record.isAway,
    },
    (key, epoch, targets, heir) => links.actorGone(key, epoch, targets, heir),
  )
  host = actors
  const probe = new RecordProbe(config.database.url, `${config.processId} probe`, log)
  const record = new RecordWatch({
    ...{ clock, timers, logger: log, probe: () => probe.takesWrites() },
    changed: (isAway) => seat.lease.refuse(unfit(isAway, load.load.refusesPlacements.isOn)),
  })
  lifecycle.onStop('record', () => {
    record.stop()
    return probe.close()
  })
  const load = new LoadWatch({
    ...{ clock, timers, logger: log },
    changed: ({ refusesPlacements, releasesMemory }) => {
      seat.lease.refuse(unfit(record.isAway, refusesPlacements.isOn))
      if (releasesMemory.isOn) void actors.restIdle(Math.min(shortIdleMs, config.rooms.idleMs))
    },
  })
  lifecycle.onStop('load', () => load.stop())
  const { membership, directory } = seat.cluster
  const placement = await createPlacement()
  const view = () => membership.view()
  // Also from this node to itself: actors that know of each other may be on one.
  const router = await openRouter(self, seat, config, { ...frame, transport, onPush: nothing })
  const handOffs = new HandOffs({
    ...{ self, host: actors, directory, clock, logger: log },
    linkTo: (heir) => router.linkTo(heir),
    observe: handOffMetrics(registry),
  })
  const drain = new Drain({
    ...{ self: self.process, host: actors, handOffs, placement, membership, clock, logger: log },
    withinMs: drainMs,
  })
  const cancelEvacuation = evacuateWithoutRecord({
    ...{ self: self.process, record, drain, view, timers, logger: log },
  })
  lifecycle.onStop('evacuation', () => cancelEvacuation())
  const controls = new NodeControls({
    ...{ self: self.process, host: actors, drain, handOffs, placement, membership },
    announce: (state) => seat.lease.announce(state),
  })
  lifecycle.onStop('homing', handHome({ self, host: actors, handOffs, placement, view, clock, timers }))
  watchHost(registry, actors, actorMetricTexts)
  watchLease(registry, lease)
  watchLoad(registry, load)
  lifecycle.onStop('directory repair', repair.watch(membership))
  if (endsItself) {
    // What such a node still held is not its own any more: it says nothing to anybody and begins anew.
    seat.lease.onLost((loss) => {
      actors.abandon()
      log.error({ loss }, 'node.ends_without_lease')
      process.exit(leaseLostExitCode)
    })
    const watchdog = new Watchdog(timers)
    lifecycle.onStop('watchdog', () => watchdog.stop())
  }

  await transport.listen(bindingOf(config.node.host), config.node.listenPort, (link) => links.accept(link), {
    find: (life) => liveNode(view(), life),
    observer: passageMetrics(registry),
  })
  lifecycle.onStop(
    'actors',
    async () => {
      await seat.lease.announce('draining')
      await drain.run()
      await actors.stop()
      links.closeAll('stopping')
    },
    drainMs + 2_000,
  )
  frame.tell({
    checks: () => (lease.holds() ? [] : ['the lease in Redis is not held']),
    cluster: await pageOf(self, seat, pool, actors),
  })
  await seat.lease.announce('up')
}

const nothing = () => undefined

const unfit = (isRecordless: boolean, isBusy: boolean) => (isRecordless ? 'recordless' : isBusy ? 'refusing' : null)

/** A node that names itself by a loopback address takes links from this machine alone. */
const bindingOf = (host: string): string => (host === 'localhost' || host.startsWith('127.') ? '127.0.0.1' : '0.0.0.0')
