import type { RecordingChecksum } from '../../protocol/recordings/workflow.ts'

/** How the files of recordings are reached; built by the composition root. What fails may be tried again, unless `isFinal` says that it may not. */
export interface RecordingFiles {
  seal(recordingId: string): Promise<{ readonly segments: number }>
  /** `told` hears how far it is, ms; it throws to end the work. */
  mix(recordingId: string, told: (doneMs: number) => void): Promise<{ readonly lengthMs: number }>
  checksum(recordingId: string): Promise<RecordingChecksum>
  upload(recordingId: string, checksum: RecordingChecksum, told: () => void): Promise<string>
  verify(recordingId: string, checksum: RecordingChecksum): Promise<boolean>
  cleanUp(
    recordingId: string,
    outcome: 'published' | 'failed' | 'aborted',
    checksum: RecordingChecksum | null,
  ): Promise<void>
  /** Trying again would meet the same bytes. */
  isFinal(error: unknown): boolean
}
