import type { Logger } from '../../protocol/ports.ts'
import { ensureSchedules, type TemporalAccess } from '../../workflows/index.ts'

/** Makes a function that sees to the schedules in the background, once: after a failure the next call tries again. */
export function scheduleKeeper(temporal: TemporalAccess, reconcileEveryMs: number, logger: Logger): () => void {
  let state: 'wanted' | 'under way' | 'kept' = 'wanted'
  return () => {
    if (state !== 'wanted') return
    state = 'under way'
    void ensureSchedules({ ...temporal, reconcileEveryMs }).then(
      () => (state = 'kept'),
      (error: unknown) => {
        state = 'wanted'
        logger.warn({ error }, 'worker.schedules_not_kept')
      },
    )
  }
}
