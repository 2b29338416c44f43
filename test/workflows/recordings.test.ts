import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { after, before, describe, test } from 'node:test'
import { backgroundTimers, systemClock } from '../../bin/system-ports.ts'
import {
  recordingMessages,
  recordingWorkflowId,
  type FinaliseProgress,
  type RecordingOutcome,
} from '../../protocol/recordings/workflow.ts'
import {
  createMediaActivities,
  createRecordingActivities,
  createRoomsWorker,
  installRuntime,
  mediaTuning,
  temporalStarter,
  workflowBundle,
  type RoomsWorker,
  type WorkflowStarter,
} from '../../workflows/index.ts'
import { ScriptedFiles, ScriptedBook } from '../support/scripted-recordings.ts'
import { silentLogger } from '../support/silent-logger.ts'
import { sharedTemporal, type TemporalView } from '../support/temporal.ts'
import { waitUntil } from '../support/wait.ts'

describe('finalising a recording', { timeout: 60_000 }, () => {
  let temporal: TemporalView
  let starter: WorkflowStarter
  let workers: RoomsWorker[]
  const files = new ScriptedFiles()
  const book = new ScriptedBook()
  const queue = `media-${randomUUID()}`

  before(async () => {
    temporal = sharedTemporal()
    const taskQueue = `rooms-${randomUUID()}`
    const common = {
      temporal: { address: temporal.address, namespace: 'default' },
      ...{ runtime: installRuntime(silentLogger), identity: 'a-test', clock: systemClock, timers: backgroundTimers },
      ...{ logger: silentLogger, metrics: { temporalUp: () => undefined } },
    }
    const metrics = { concluded: () => undefined }
    workers = [
      createRoomsWorker({
        ...{ ...common, taskQueue, bundle: await workflowBundle({ logger: silentLogger }) },
        activities: createRecordingActivities({ book, logger: silentLogger, metrics }),
      }),
      createRoomsWorker({
        ...{ ...common, taskQueue: queue, bundle: null, tuning: mediaTuning },
        activities: createMediaActivities(files),
      }),
    ]
    for (const worker of workers) worker.start()
    starter = temporalStarter({ address: temporal.address, namespace: 'default', identity: 'a-test', taskQueue })
  })
  after(async () => {
    await Promise.all(workers.map((worker) => worker.stop()))
    await starter.close()
    await temporal.close()
  })

  const begin = async () => {
    const recordingId = randomUUID()
    await starter.deliver({ kind: 'recording.finalise', generation: 1, recordingId, lengthMs: 60_000, queue })
    return recordingId
  }
  const ends = async (recordingId: string): Promise<RecordingOutcome> => {
    await temporal.workflowEnded(recordingWorkflowId(recordingId), 30_000)
    const outcome = book.outcomes.get(recordingId)
    assert.ok(outcome)
    return outcome
  }

  test('goes step by step, and takes away what is left over', async () => {
    const recordingId = await begin()
    const outcome = await ends(recordingId)
    assert.equal(outcome.status, 'ready')
    const steps = ['seal', 'mix', 'checksum', 'upload', 'verify', 'clean up: published']
    assert.deepEqual(files.steps(recordingId), steps)
    // Delivered twice, as a relay that died does it.
    await starter.deliver({ kind: 'recording.finalise', generation: 1, recordingId, lengthMs: 60_000, queue })
    assert.deepEqual(files.steps(recordingId), steps)
  })

  test('mixes once more where the store gives back something else, and fails the second time', async () => {
    files.verdicts = [false, true]
    const mended = await begin()
    assert.equal((await ends(mended)).status, 'ready')
    assert.equal(files.steps(mended).filter((step) => step === 'mix').length, 2)
    files.verdicts = [false, false]
    const broken = await begin()
    assert.deepEqual(await ends(broken), {
      status: 'failed',
      reason: 'the store gave back something else than it was given, twice',
    })
    assert.equal(files.steps(broken).at(-1), 'clean up: failed')
  })

  test('tries again what may pass, and fails at once where the bytes are not what they were', async () => {
    files.failures.set('upload', [new Error('connection refused')])
    assert.equal((await ends(await begin())).status, 'ready')
    files.failures.set('mix', [new RangeError('a page is damaged')])
    const damaged = await begin()
    assert.deepEqual(await ends(damaged), { status: 'failed', reason: 'a page is damaged' })
    assert.deepEqual(files.steps(damaged), ['seal', 'mix', 'clean up: failed'])
  })

  test('is given up when somebody says so, in the middle of a step, and says where it is', async () => {
    files.isHeld = true
    const recordingId = await begin()
    const handle = temporal.client.getHandle(recordingWorkflowId(recordingId))
    const progress = () => handle.query<FinaliseProgress>(recordingMessages.progress)
    await waitUntil('it is mixed', () => files.steps(recordingId).includes('mix'))
    assert.deepEqual(await progress(), { step: 'mix', mixedAgain: false, aborted: false })
    await handle.signal(recordingMessages.abort)
    assert.deepEqual(await ends(recordingId), { status: 'aborted' })
    assert.equal(files.steps(recordingId).at(-1), 'clean up: aborted')
    files.isHeld = false
  })
})
