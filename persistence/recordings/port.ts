import type { RoomId, UserId } from '../../protocol/ids.ts'
import type { RecordingOutcome } from '../../protocol/recordings/workflow.ts'

/** A recording whose last segment lies on the disk. */
export interface EndedRecording {
  /** A UUID; the name of its folder. */
  readonly recordingId: string
  readonly roomId: RoomId
  readonly initiatorId: UserId
  readonly title: string
  readonly isPublic: boolean
  /** Unix ms. */
  readonly startedAtMs: number
  readonly endedAtMs: number
  /** The queue of those who reach its files. */
  readonly queue: string
}

/** Where a recording stands. */
export interface RecordingRow {
  readonly status: 'recording' | 'finalising' | RecordingOutcome['status']
  /** Its key in the store; null while it has none. */
  readonly key: string | null
  readonly sha256: string | null
  readonly bytes: number | null
  /** Why it failed. */
  readonly failure: string | null
}

/** Recordings in the record. */
export interface RecordingBook {
  /** Writes it down, with the message that has it made into one file, in one transaction. Done twice it is done once. */
  end(recording: EndedRecording): Promise<void>
  /** Writes down what became of it, once: what was written before stays. Says what stands. */
  conclude(recordingId: string, outcome: RecordingOutcome): Promise<RecordingOutcome['status']>
  /** Null for none. */
  read(recordingId: string): Promise<RecordingRow | null>
}
