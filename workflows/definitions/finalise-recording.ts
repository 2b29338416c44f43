import {
  CancellationScope,
  defineQuery,
  defineSignal,
  isCancellation,
  proxyActivities,
  rootCause,
  setHandler,
  type ActivityOptions,
} from '@temporalio/workflow'
import {
  recordingMessages,
  type FinaliseProgress,
  type FinaliseRecordingInput,
  type MediaActivities,
  type RecordingActivities,
  type RecordingChecksum,
  type RecordingOutcome,
} from '../../protocol/recordings/workflow.ts'

const abort = defineSignal(recordingMessages.abort)
const progress = defineQuery<FinaliseProgress>(recordingMessages.progress)

const minute = 60_000
const hour = 60 * minute

const { concludeRecording } = proxyActivities<RecordingActivities>({
  startToCloseTimeout: 5_000,
  scheduleToCloseTimeout: 24 * hour,
  retry: { initialInterval: 200, backoffCoefficient: 2, maximumInterval: 10_000 },
})

/** Makes of what a recorder left one object of the store, and of its row what came of it; takes away what is left over in any case. */
export async function finaliseRecording(input: FinaliseRecordingInput): Promise<RecordingOutcome['status']> {
  const { recordingId } = input
  const work = new CancellationScope()
  let state: FinaliseProgress = { step: 'seal', mixedAgain: false, aborted: false }
  let checksum: RecordingChecksum | null = null
  setHandler(progress, () => state)
  setHandler(abort, () => {
    // What is published is: it is taken away by those who may.
    if (state.step === 'publish' || state.step === 'cleanup') return
    state = { ...state, aborted: true }
    work.cancel()
  })
  const media = queueOf(input)
  const at = (step: FinaliseProgress['step']) => void (state = { ...state, step })

  const made = async (): Promise<RecordingOutcome> => {
    at('seal')
    await media.quick.sealRecording({ recordingId })
    for (;;) {
      at('mix')
      const { lengthMs } = await media.mix.mixRecording({ recordingId })
      at('checksum')
      checksum = await media.reading.checksumRecording({ recordingId })
      at('upload')
      const key = await media.upload.uploadRecording({ recordingId, checksum })
      at('verify')
      if (await media.reading.verifyRecording({ recordingId, checksum })) {
        return { status: 'ready', key, checksum, lengthMs }
      }
      if (state.mixedAgain)
        return { status: 'failed', reason: 'the store gave back something else than it was given, twice' }
      state = { ...state, mixedAgain: true }
    }
  }

  const outcome = await work
    .run(made)
    .catch((error: unknown): RecordingOutcome =>
      isCancellation(error)
        ? { status: 'aborted' }
        : { status: 'failed', reason: rootCause(error) ?? 'nobody knows why' },
    )
  return CancellationScope.nonCancellable(async () => {
    at('publish')
    const stands = await concludeRecording({ recordingId, outcome })
    at('cleanup')
    await media.quick.cleanUpRecording({ recordingId, outcome: stands === 'ready' ? 'published' : stands, checksum })
    return stands
  })
}

/** The activities of those who reach the files, each with the patience that it needs. */
function queueOf({ queue: taskQueue, lengthMs }: FinaliseRecordingInput) {
  const of = (options: ActivityOptions) => proxyActivities<MediaActivities>({ taskQueue, ...options })
  const slowly = { initialInterval: 2_000, backoffCoefficient: 2, maximumInterval: minute }
  return {
    quick: of({ startToCloseTimeout: 10 * minute, scheduleToCloseTimeout: 24 * hour, retry: slowly }),
    mix: of({
      startToCloseTimeout: Math.max(10 * minute, 2 * lengthMs),
      ...{ scheduleToCloseTimeout: 12 * hour, heartbeatTimeout: 15_000, retry: slowly },
    }),
    reading: of({
      ...{ startToCloseTimeout: 10 * minute, scheduleToCloseTimeout: 2 * hour, heartbeatTimeout: 15_000 },
      retry: { ...slowly, maximumAttempts: 5 },
    }),
    upload: of({
      ...{ startToCloseTimeout: 2 * hour, scheduleToCloseTimeout: 24 * hour, heartbeatTimeout: 20_000 },
      retry: { ...slowly, initialInterval: 1_000 },
    }),
  }
}
