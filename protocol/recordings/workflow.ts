/*
 * Names and shapes that the workflow of a recording shares with the rest. Workflow definitions run in a sandbox and may import this
 * file: no imports of other modules here, and no TypeBox.
 */

/** Workflow type names. FROZEN: running workflows carry them. */
export const recordingWorkflowNames = { finaliseRecording: 'finaliseRecording' } as const

/** Signal and query names. FROZEN: as above. */
export const recordingMessages = { abort: 'abort', progress: 'progress' } as const

/** One recording, one workflow: `recording:{recording}`. */
export const recordingWorkflowId = (recordingId: string): string => `recording:${recordingId}`

/** The task queue of those who reach the files of recordings, where all of them share one folder. */
export const mediaTaskQueue = 'media'

export interface FinaliseRecordingInput {
  readonly recordingId: string
  /** Length of what was recorded, ms, as far as the recorder knows: what mixing may take follows from it. */
  readonly lengthMs: number
  /** The queue of those who reach its files: `media`, or that of one machine. */
  readonly queue: string
}

/** The steps, in order. FROZEN: as above. */
export const finaliseSteps = ['seal', 'mix', 'checksum', 'upload', 'verify', 'publish', 'cleanup'] as const
export type FinaliseStep = (typeof finaliseSteps)[number]

/** Where it stands: the answer to the query `progress`. */
export interface FinaliseProgress {
  readonly step: FinaliseStep
  /** It was mixed once more, since the store gave back something else than it was given. */
  readonly mixedAgain: boolean
  /** Somebody does not want it any more. */
  readonly aborted: boolean
}

/** What a file comes to. */
export interface RecordingChecksum {
  readonly sha256: string
  readonly bytes: number
}

/** What becomes of a recording. */
export type RecordingOutcome =
  | {
      readonly status: 'ready'
      /** Its key in the store. */
      readonly key: string
      readonly checksum: RecordingChecksum
      readonly lengthMs: number
    }
  /** `reason` says in a sentence why. */
  | { readonly status: 'failed'; readonly reason: string }
  | { readonly status: 'aborted' }

/** What those who reach the files do. Each may be done again, whatever of it was done before. */
export interface MediaActivities {
  sealRecording(input: { readonly recordingId: string }): Promise<{ readonly segments: number }>
  mixRecording(input: { readonly recordingId: string }): Promise<{ readonly lengthMs: number }>
  checksumRecording(input: { readonly recordingId: string }): Promise<RecordingChecksum>
  /** Says the key. */
  uploadRecording(input: { readonly recordingId: string; readonly checksum: RecordingChecksum }): Promise<string>
  /** Whether the store gives back what it was given. */
  verifyRecording(input: { readonly recordingId: string; readonly checksum: RecordingChecksum }): Promise<boolean>
  cleanUpRecording(input: {
    readonly recordingId: string
    readonly outcome: 'published' | 'failed' | 'aborted'
    readonly checksum: RecordingChecksum | null
  }): Promise<void>
}

/** What the record is told. */
export interface RecordingActivities {
  /** Writes it down, once: what is written stays. Says what stands. */
  concludeRecording(input: {
    readonly recordingId: string
    readonly outcome: RecordingOutcome
  }): Promise<RecordingOutcome['status']>
}

/** What an outbox row tells the relay. */
export interface RecordingMessage extends FinaliseRecordingInput {
  readonly kind: 'recording.finalise'
  readonly generation: number
}
