import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { actorDefinitions } from '../../actors/index.ts'
import { GuestWriter, watchLease } from '../../cluster/index.ts'
import {
  PgClockRecords,
  PgInviteRecords,
  PgOutbox,
  PgPersonExports,
  PgPersonRecords,
  PgRaidClockwork,
  PgRecordingBook,
  PgRetainedRecords,
  PgRoomRecords,
  PgSanctionRecords,
  PgSanctionSpread,
} from '../../persistence/index.ts'
import type { RecordWrite } from '../../persistence/record-writes.ts'
import {
  createActivities,
  createInviteSweepMetrics,
  createRaidActivities,
  createRaidSweepMetrics,
  createMediaActivities,
  createReconcileMetrics,
  createRecordingActivities,
  createRecordingMetrics,
  createRetentionMetrics,
  createRoomsWorker,
  createSanctionSweepMetrics,
  createSpreadMetrics,
  createSweepMetrics,
  createWorkerMetrics,
  installRuntime,
  mediaTuning,
  InviteSweep,
  Reconciler,
  RaidSweep,
  retaining,
  RoomSweep,
  SanctionSpreader,
  SanctionSweep,
  temporalIndex,
  workflowBundle,
} from '../../workflows/index.ts'
import type { Config } from '../config.ts'
import { backgroundTimers, systemClock, systemRandom } from '../system-ports.ts'
import type { Frame } from './frame.ts'
import { inviteExpirer } from './invite-expirer.ts'
import { personErasing } from './person-erasing.ts'
import { openRouter } from './router.ts'
import { raidRooms } from './raid-rooms.ts'
import { recordingFiles } from './recording-files.ts'
import { roomCloser, roomExpirer } from './room-closer.ts'
import { roomTeller } from './room-teller.ts'
import { scheduleKeeper } from './schedule-keeper.ts'
import { sanctionExpirer } from './sanction-expirer.ts'
import { factsOf, pageOf, takeSeat } from './seat.ts'
import { openJournal, openPool } from './storage.ts'

/** Beside the built code of an image, where `npm run build` puts it. */
const builtBundle = fileURLToPath(new URL('../../workflows.bundle.js', import.meta.url))
const bundleCache = fileURLToPath(new URL('../../.data/cache', import.meta.url))

/** A worker: it runs the workflows of rooms and what they ask of the cluster; it closes rooms and lifts sanctions whose end nobody else sees, and tells rooms of sanctions beyond them. It goes on without Temporal until it is back. */
export async function startWorker(config: Config<'worker'>, frame: Frame): Promise<void> {
  const { log, lifecycle, registry } = frame
  const clock = systemClock
  const self = factsOf('worker', config)
  const pool = openPool(config, frame)
  const journal = openJournal(pool, frame)
  const seat = await takeSeat(self, config, { log, lifecycle })
  watchLease(registry, seat.lease)
  const router = await openRouter(self, seat, config, { ...frame, onPush: () => undefined })
  const definitions = actorDefinitions({ joinGraceMs: config.rooms.joinGraceMs })
  const guest = new GuestWriter<RecordWrite>({ self, definitions, journal, clock, logger: log })
  const expirer = sanctionExpirer({ router, guest })
  const { metricsPort, ...temporal } = config.temporal
  const index = temporalIndex(temporal)
  lifecycle.onStop('temporal index', () => index.close())
  const raids = new PgRaidClockwork(pool)
  let isTemporalUp = false
  const metrics = createWorkerMetrics(registry)
  const keepSchedules = scheduleKeeper(temporal, config.reconcileMs, log)
  const runtime = installRuntime(log, metricsPort)
  const worker = createRoomsWorker({
    temporal,
    runtime,
    bundle: await workflowBundle({
      logger: log,
      ...(existsSync(builtBundle) ? { prebuilt: builtBundle } : { cacheFolder: bundleCache }),
    }),
    activities: {
      ...createActivities({
        sanctions: expirer,
        rooms: roomExpirer({ router, guest }),
        invites: inviteExpirer({ router, guest }),
        persons: personErasing(new PgPersonRecords(pool), { router, guest }),
        exporter: new PgPersonExports(pool),
        retaining: retaining({
          records: new PgRetainedRecords(pool, config.retention),
          ...{ logger: log, metrics: createRetentionMetrics(registry, () => clock.wallMs()) },
        }),
        comparer: new Reconciler({
          clocks: new PgClockRecords(pool),
          index,
          outbox: new PgOutbox({ pool, databaseUrl: config.database.url, timers: backgroundTimers, logger: log }),
          logger: log,
          metrics: createReconcileMetrics(registry, () => clock.wallMs()),
        }),
      }),
      ...createRaidActivities({ book: raids, rooms: raidRooms(router), clock }),
      ...createRecordingActivities({
        book: new PgRecordingBook(pool),
        ...{ logger: log, metrics: createRecordingMetrics(registry) },
      }),
    },
    identity: config.processId,
    clock,
    timers: backgroundTimers,
    logger: log,
    metrics: {
      temporalUp: (up) => {
        isTemporalUp = up
        if (up) keepSchedules()
        metrics.temporalUp(up)
      },
    },
  })
  // Here rather than in the relay: a worker has a way to the rooms already.
  const sweep = new RoomSweep({
    rooms: new PgRoomRecords(pool),
    closer: roomCloser({ router, guest }),
    ...{ clock, timers: backgroundTimers, logger: log, metrics: createSweepMetrics(registry) },
  })
  sweep.start()
  lifecycle.onStop('sweep', () => sweep.stop(), 10_000)
  const sanctionSweep = new SanctionSweep({
    sanctions: new PgSanctionRecords(pool),
    expirer,
    ...{ clock, timers: backgroundTimers, logger: log, metrics: createSanctionSweepMetrics(registry) },
  })
  sanctionSweep.start()
  lifecycle.onStop('sanction sweep', () => sanctionSweep.stop(), 10_000)
  const inviteSweep = new InviteSweep({
    invites: new PgInviteRecords(pool),
    expirer: inviteExpirer({ router, guest }),
    ...{ clock, timers: backgroundTimers, logger: log, metrics: createInviteSweepMetrics(registry) },
  })
  inviteSweep.start()
  lifecycle.onStop('invite sweep', () => inviteSweep.stop(), 10_000)
  const spreader = new SanctionSpreader({
    spread: new PgSanctionSpread({ pool, databaseUrl: config.database.url, timers: backgroundTimers, logger: log }),
    teller: roomTeller({ router, random: systemRandom }),
    ...{ clock, timers: backgroundTimers, logger: log, metrics: createSpreadMetrics(registry) },
  })
  spreader.start()
  lifecycle.onStop('sanction spread', () => spreader.stop(), 10_000)
  const raidSweep = new RaidSweep({
    book: raids,
    ...{ clock, timers: backgroundTimers, logger: log, metrics: createRaidSweepMetrics(registry) },
  })
  raidSweep.start()
  lifecycle.onStop('sweep of raids', () => raidSweep.stop(), 10_000)
  worker.start()
  lifecycle.onStop('workflows', () => worker.stop(), 15_000)
  startMedia(config, frame, runtime)
  frame.tell({
    checks: () => (isTemporalUp ? [] : ['Temporal does not answer']),
    cluster: await pageOf(self, seat, pool),
  })
  await seat.lease.announce('up')
}

/** Beside the workflows, where this machine has the files of recordings: what is to be done with them, on a queue of its own. */
function startMedia(
  { recordings, temporal, processId }: Config<'worker'>,
  { log, lifecycle }: Frame,
  runtime: ReturnType<typeof installRuntime>,
): void {
  if (!recordings) {
    log.info({ setting: 'VOICE_RECORDING_STORE' }, 'recordings.off')
    return
  }
  const worker = createRoomsWorker({
    ...{ temporal, runtime, bundle: null, tuning: mediaTuning, taskQueue: recordings.queue },
    activities: createMediaActivities(recordingFiles(recordings)),
    identity: `${processId} media`,
    ...{ clock: systemClock, timers: backgroundTimers, logger: log },
    // The worker of workflows tells it already.
    metrics: { temporalUp: () => undefined },
  })
  worker.start()
  lifecycle.onStop('media', () => worker.stop(), 20_000)
}
