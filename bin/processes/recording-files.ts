import { DamagedAudio, Finalising, openStore } from '../../media/index.ts'
import type { RecordingFiles } from '../../workflows/index.ts'
import type { NeededConfig } from '../config.ts'

/** The files of recordings as workflows reach them. */
export function recordingFiles({ folder, store }: NonNullable<NeededConfig['recordings']>): RecordingFiles {
  const finalising = new Finalising({ folder, store: openStore(store) })
  return {
    seal: (id) => finalising.seal(id),
    mix: (id, told) => finalising.mix(id, told),
    checksum: (id) => finalising.checksum(id),
    upload: (id, checksum, told) => finalising.upload(id, checksum, told),
    verify: (id, checksum) => finalising.verify(id, checksum),
    cleanUp: (id, outcome, checksum) => finalising.cleanUp(id, outcome, checksum),
    isFinal: (error) => error instanceof DamagedAudio,
  }
}
