import type { RetainedRecords } from '../persistence/retention/port.ts'
import type { Logger } from '../protocol/ports.ts'
import type { Retaining } from './activities/port.ts'
import type { RetentionMetrics } from './metrics.ts'

export interface RetainingDeps {
  readonly records: RetainedRecords
  readonly logger: Logger
  readonly metrics: RetentionMetrics
}

/** What the workflow of retention asks for: the record does it, and what it came to is counted and logged. */
export const retaining = ({ records, logger, metrics }: RetainingDeps): Retaining => ({
  removeNext: (step) => records.removeNext(step),
  done: (totals) => {
    metrics.retained(totals)
    logger.info({ ...totals }, 'retention.done')
    return Promise.resolve()
  },
})
