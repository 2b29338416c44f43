import { cancelled, heartbeat } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import type { RecordingBook } from '../../persistence/recordings/port.ts'
import type { Logger } from '../../protocol/ports.ts'
import type { MediaActivities, RecordingActivities } from '../../protocol/recordings/workflow.ts'
import { activityFailure } from '../activities/failures.ts'
import type { RecordingMetrics } from '../metrics.ts'
import type { RecordingFiles } from './port.ts'

/** A step that does not move says that it lives, so often, ms. */
const beatMs = 5_000

/** What is done with the files of recordings, by the names that the workflow calls it. For a worker of the queue `media`. */
export function createMediaActivities(files: RecordingFiles): MediaActivities {
  const guarded =
    <Input, Value>(act: (input: Input) => Promise<Value>) =>
    async (input: Input): Promise<Value> => {
      const timer = setInterval(() => heartbeat(), beatMs)
      try {
        // Whoever aborts does not wait for the end of a copy.
        return await Promise.race([act(input), cancelled()])
      } catch (error) {
        if (!files.isFinal(error)) throw error
        throw ApplicationFailure.create({ message: (error as Error).message, type: 'DAMAGED', nonRetryable: true })
      } finally {
        clearInterval(timer)
      }
    }
  return {
    sealRecording: guarded(({ recordingId }) => files.seal(recordingId)),
    mixRecording: guarded(({ recordingId }) => files.mix(recordingId, heartbeat)),
    checksumRecording: guarded(({ recordingId }) => files.checksum(recordingId)),
    uploadRecording: guarded(({ recordingId, checksum }) => files.upload(recordingId, checksum, heartbeat)),
    verifyRecording: guarded(({ recordingId, checksum }) => files.verify(recordingId, checksum)),
    cleanUpRecording: guarded(({ recordingId, outcome, checksum }) => files.cleanUp(recordingId, outcome, checksum)),
  }
}

export interface RecordingActivityDeps {
  readonly book: RecordingBook
  readonly logger: Logger
  readonly metrics: RecordingMetrics
}

/** What the record is told of recordings. For a worker of the queue `rooms`. */
export const createRecordingActivities = ({ book, logger, metrics }: RecordingActivityDeps): RecordingActivities => ({
  concludeRecording: async ({ recordingId, outcome }) => {
    try {
      const stands = await book.conclude(recordingId, outcome)
      metrics.concluded(stands)
      const facts = { recording_id: recordingId, outcome: stands }
      if (outcome.status === 'failed') logger.error({ ...facts, reason: outcome.reason }, 'recording.failed')
      else logger.info(facts, 'recording.concluded')
      return stands
    } catch (error) {
      throw activityFailure(error)
    }
  },
})
