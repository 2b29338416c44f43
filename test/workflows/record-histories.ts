/*
 * Records the histories that replay.test.ts replays, from a real server: run it when a workflow got a new story to tell, and
 * keep the files of released versions. TEST_TEMPORAL_ADDRESS names the server; words choose the workflows.
 */
import { randomUUID } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js'
import {
  createMediaActivities,
  createRecordingActivities,
  createRoomsWorker,
  temporalStarter,
  workflowBundle,
} from '../../workflows/index.ts'
import { backgroundTimers, systemClock } from '../../bin/system-ports.ts'
import { recordingMessages, recordingWorkflowId } from '../../protocol/recordings/workflow.ts'
import { ScriptedBook, ScriptedFiles } from '../support/scripted-recordings.ts'
import { silentLogger } from '../support/silent-logger.ts'
import {
  erasePersonWorkflowId,
  exportPersonWorkflowId,
  inviteExpiryWorkflowId,
  roomExpiryMessages,
  roomExpiryWorkflowId,
  timedSanctionMessages,
  workflowNames,
  type RoomEndStanding,
  type SanctionStanding,
} from '../../protocol/workflows.ts'
import { freshSanction, ScriptedClocks, ScriptedRoom, workerBench } from '../support/rooms-worker.ts'
import { sharedTemporal } from '../support/temporal.ts'
import { waitUntil } from '../support/wait.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const temporal = sharedTemporal()
const bench = await workerBench()
const room = new ScriptedRoom()
const clocks = new ScriptedClocks()
/** How many pages each step of a comparison has, and how often it fails first. */
let comparison = { pages: 1, failures: 0 }
const page = ({ after }: { after: string | null }) => {
  if (comparison.failures > 0) {
    comparison = { ...comparison, failures: comparison.failures - 1 }
    return Promise.reject(new Error('connection refused'))
  }
  const next = after === null ? 1 : Number(after) + 1
  return Promise.resolve({ checked: 10, repaired: 1, next: next < comparison.pages ? String(next) : null })
}
/** How many pieces an erasure has left, and how often the next one fails first. */
let erasing = { pieces: 1, failures: 0 }
const persons = {
  eraseNext: () => {
    if (erasing.failures > 0) {
      erasing = { ...erasing, failures: erasing.failures - 1 }
      return Promise.reject(new Error('connection refused'))
    }
    erasing = { ...erasing, pieces: erasing.pieces - 1 }
    return Promise.resolve({ done: erasing.pieces <= 0 })
  },
}
/** How many pieces retention finds, and how often the next one fails first. */
let keeping = { pieces: 5, failures: 0 }
const retaining = {
  removeNext: () => {
    if (keeping.failures > 0) {
      keeping = { ...keeping, failures: keeping.failures - 1 }
      return Promise.reject(new Error('connection refused'))
    }
    keeping = { ...keeping, pieces: keeping.pieces - 1 }
    // The pieces beyond one a step are the first step's.
    return Promise.resolve({ removed: 7, done: keeping.pieces < 5 })
  },
  done: () => Promise.resolve(),
}
/** A file is made of as many pieces as an erasure. */
const exporter = { exportNext: persons.eraseNext }
const comparer = { compareRecord: page, compareWorkflows: page, done: () => Promise.resolve() }
let worker = bench.worker(temporal.address, room, { clocks, comparer, persons, retaining, exporter })
worker.start()
const { taskQueue } = bench
const starter = temporalStarter({ address: temporal.address, namespace: 'default', identity: 'recorder', taskQueue })

type Sanction = ReturnType<typeof freshSanction>

const set = ({ ref }: Sanction, generation: number, inMs: number) =>
  starter.deliver({ kind: 'sanction.set', ref, generation, untilMs: Date.now() + inMs })
const ended = ({ ref }: Sanction, generation: number) => starter.deliver({ kind: 'sanction.ended', ref, generation })
const handled = ({ workflowId }: Sanction, generation: number) =>
  waitUntil(`generation ${generation} is handled`, async () => {
    const handle = temporal.client.getHandle(workflowId)
    return (await handle.query<SanctionStanding>(timedSanctionMessages.state)).generation === generation
  })

const stories: Record<string, (sanction: Sanction) => Promise<void>> = {
  lifted: async (sanction) => {
    await set(sanction, 1, 2_000)
    await handled(sanction, 1)
  },
  'extended-then-shortened': async (sanction) => {
    await set(sanction, 1, 500)
    await handled(sanction, 1)
    await set(sanction, 2, 60_000)
    await handled(sanction, 2)
    await set(sanction, 1, 0)
    await set(sanction, 3, 300)
    await handled(sanction, 3)
  },
  'ended-early': async (sanction) => {
    await set(sanction, 1, 60_000)
    await handled(sanction, 1)
    await ended(sanction, 1)
  },
  'asked-again': async (sanction) => {
    room.answer(sanction.ref, 'NO_OWNER', { lifted: false, notBeforeMs: Date.now() + 1_500 }, 'OUTCOME_UNKNOWN')
    await set(sanction, 4, 200)
    await handled(sanction, 4)
  },
  'over-two-workers': async (sanction) => {
    await set(sanction, 1, 1_500)
    await handled(sanction, 1)
    await worker.stop()
    worker = bench.worker(temporal.address, room, { clocks, comparer, persons, retaining, exporter })
    worker.start()
  },
}

const setEnd = (roomId: string, generation: number, inMs: number | null, warns = false) => {
  const atMs = inMs === null ? null : Date.now() + inMs
  return starter.deliver({ kind: 'room_end.set', roomId, generation, atMs, warns })
}
const endHandled = (roomId: string, isSo: (standing: RoomEndStanding) => boolean) =>
  waitUntil('the end is handled', async () => {
    const handle = temporal.client.getHandle(roomExpiryWorkflowId(roomId))
    return isSo(await handle.query<RoomEndStanding>(roomExpiryMessages.state))
  })

const roomStories: Record<string, (roomId: string) => Promise<void>> = {
  closed: async (roomId) => setEnd(roomId, 1, 1_000),
  'warned-then-extended': async (roomId) => {
    await setEnd(roomId, 1, 60_500, true)
    await endHandled(roomId, ({ warnedMs }) => warnedMs === 60_000)
    await setEnd(roomId, 2, 400_000, true)
    await endHandled(roomId, ({ generation }) => generation === 2)
    await setEnd(roomId, 3, 300)
  },
  'taken-away': async (roomId) => {
    await setEnd(roomId, 1, 60_000)
    await endHandled(roomId, ({ generation }) => generation === 1)
    await setEnd(roomId, 2, null)
  },
  'asked-again': async (roomId) => {
    clocks.answer(roomId, 'NO_OWNER', Date.now() + 1_500)
    await setEnd(roomId, 1, 200)
  },
}

const setInvite = (inviteId: string, inMs: number) =>
  starter.deliver({
    ...{ kind: 'invite.set', inviteId, roomId: 'a-room', generation: 1 },
    atMs: Date.now() + inMs,
  })

const inviteStories: Record<string, (inviteId: string) => Promise<void>> = {
  expired: async (inviteId) => setInvite(inviteId, 500),
  'asked-again': async (inviteId) => {
    clocks.answer(inviteId, 'OUTCOME_UNKNOWN', Date.now() + 1_200)
    await setInvite(inviteId, 100)
  },
  'late-and-refused-once': async (inviteId) => {
    clocks.answer(inviteId, Date.now() + 300, 'RETRY_LATER')
    await setInvite(inviteId, -1_000)
  },
}

async function record(workflow: string, story: string, workflowId: string): Promise<void> {
  await temporal.workflowEnded(workflowId, 20_000)
  const history = await temporal.client.getHandle(workflowId).fetchHistory()
  // Failures carry stacks; where this checkout lies is nobody's business.
  const text = historyToJSON(history).replaceAll(root, '/app/')
  await writeFile(new URL(`./histories/${workflow}.${story}.json`, import.meta.url), `${text}\n`)
  console.log(`${workflow}.${story}: ${history.events?.length ?? 0} events`)
}

/** All of them, or those of the workflows that are named: a released history is not recorded over. */
const chosen = process.argv.slice(2)
const wants = (workflow: string) => chosen.length === 0 || chosen.includes(workflow)

for (const [story, tell] of Object.entries(wants('timed-sanction') ? stories : {})) {
  const sanction = freshSanction()
  await tell(sanction)
  await record('timed-sanction', story, sanction.workflowId)
}
for (const [story, tell] of Object.entries(wants('room-expiry') ? roomStories : {})) {
  const roomId = randomUUID()
  await tell(roomId)
  await record('room-expiry', story, roomExpiryWorkflowId(roomId))
}
for (const [story, tell] of Object.entries(wants('invite-expiry') ? inviteStories : {})) {
  const inviteId = randomUUID()
  await tell(inviteId)
  await record('invite-expiry', story, inviteExpiryWorkflowId(inviteId))
}
const comparisons = {
  'one-page': { pages: 1, failures: 0 },
  'three-pages': { pages: 3, failures: 0 },
  'failed-once': { pages: 1, failures: 1 },
}
for (const [story, pages] of Object.entries(wants('reconcile') ? comparisons : {})) {
  comparison = pages
  const workflowId = `reconcile-${randomUUID()}`
  await temporal.client.start(workflowNames.reconcile, { workflowId, taskQueue, args: [{}] })
  await record('reconcile', story, workflowId)
}
const retentions = {
  'one-piece-each': { pieces: 5, failures: 0 },
  'three-pieces-of-one': { pieces: 7, failures: 0 },
  'failed-once': { pieces: 5, failures: 1 },
}
for (const [story, pieces] of Object.entries(wants('retention') ? retentions : {})) {
  keeping = pieces
  const workflowId = `retention-${randomUUID()}`
  await temporal.client.start(workflowNames.retention, { workflowId, taskQueue, args: [{}] })
  await record('retention', story, workflowId)
}
if (wants('finalise-recording')) {
  const files = new ScriptedFiles()
  const book = new ScriptedBook()
  const mediaQueue = `media-${randomUUID()}`
  const common = {
    temporal: { address: temporal.address, namespace: 'default' },
    ...{ runtime: bench.runtime, identity: 'recorder', clock: systemClock, timers: backgroundTimers },
    ...{ logger: silentLogger, metrics: { temporalUp: () => undefined } },
  }
  const concluding = createRecordingActivities({ book, logger: silentLogger, metrics: { concluded: () => undefined } })
  // Its workflows run on a queue of their own, so that the worker above takes none of them.
  const ownQueue = `recordings-${randomUUID()}`
  const bundle = await workflowBundle({ logger: silentLogger })
  const own = [
    createRoomsWorker({ ...common, taskQueue: ownQueue, bundle, activities: concluding }),
    createRoomsWorker({ ...common, taskQueue: mediaQueue, bundle: null, activities: createMediaActivities(files) }),
  ]
  for (const one of own) one.start()
  const sender = temporalStarter({
    address: temporal.address,
    namespace: 'default',
    identity: 'recorder',
    taskQueue: ownQueue,
  })
  const recordings: Record<string, (recordingId: string) => Promise<void>> = {
    published: () => Promise.resolve(),
    'mixed-again': () => Promise.resolve(void (files.verdicts = [false, true])),
    damaged: () => Promise.resolve(void files.failures.set('mix', [new RangeError('a page is damaged')])),
    aborted: () => Promise.resolve(void (files.isHeld = true)),
  }
  for (const [story, prepare] of Object.entries(recordings)) {
    const recordingId = randomUUID()
    await prepare(recordingId)
    const { kind, generation, lengthMs } = { kind: 'recording.finalise', generation: 1, lengthMs: 60_000 } as const
    await sender.deliver({ kind, generation, recordingId, lengthMs, queue: mediaQueue })
    if (story === 'aborted') {
      await waitUntil('it is mixed', () => files.steps(recordingId).includes('mix'))
      await temporal.client.getHandle(recordingWorkflowId(recordingId)).signal(recordingMessages.abort)
    }
    await record('finalise-recording', story, recordingWorkflowId(recordingId))
  }
  await Promise.all(own.map((one) => one.stop()))
  await sender.close()
}
const erasures = {
  'one-piece': { pieces: 1, failures: 0 },
  'four-pieces': { pieces: 4, failures: 0 },
  'failed-once': { pieces: 2, failures: 1 },
}
for (const [story, pieces] of Object.entries(wants('erase-person') ? erasures : {})) {
  erasing = pieces
  const erasureId = randomUUID()
  await starter.deliver({ kind: 'person.erase', erasureId, generation: 1 })
  await record('erase-person', story, erasePersonWorkflowId(erasureId))
}
for (const [story, pieces] of Object.entries(wants('export-person') ? erasures : {})) {
  erasing = pieces
  const exportId = randomUUID()
  await starter.deliver({ kind: 'person.export', exportId, generation: 1 })
  await record('export-person', story, exportPersonWorkflowId(exportId))
}
await worker.stop()
await starter.close()
await temporal.close()
