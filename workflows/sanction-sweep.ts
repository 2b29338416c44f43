import type { SanctionRecords, StoredSanction } from '../persistence/sanctions/port.ts'
import type { Clock, Logger, Timers } from '../protocol/ports.ts'
import { sanctionWorkflowId } from '../protocol/workflows.ts'
import type { SanctionExpirer } from './activities/port.ts'
import type { SanctionSweepMetrics } from './metrics.ts'
import { Sweep } from './sweep.ts'

export interface SanctionSweepDeps {
  readonly sanctions: Pick<SanctionRecords, 'overdue'>
  readonly expirer: SanctionExpirer
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
  readonly metrics: SanctionSweepMetrics
}

/** Between two rounds, ms. */
export const sanctionSweepEveryMs = 10_000
/** So long an overdue sanction is left to its actor and its workflow, ms. */
export const sanctionLeewayMs = 5_000

/**
 * The third clock of timed sanctions, behind the actor that nobody has in memory and the workflow that Temporal does not run: ends those
 * of rooms, guilds and the service that stand past their time. The command id is the workflow's with another step, and follows from the
 * generation, so that any number of sweeps may send it.
 */
export class SanctionSweep extends Sweep<StoredSanction> {
  constructor({ sanctions, expirer, metrics, ...ports }: SanctionSweepDeps) {
    super({
      of: 'sanction',
      overdue: (beforeMs, limit, after) => sanctions.overdue(beforeMs, limit, after),
      settle: async ({ scope, scopeId, userId, kind, generation }) => {
        const ref = { scope, scopeId, userId, kind }
        const id = `${sanctionWorkflowId(ref)}/${generation}/sweep`
        const { lifted } = await expirer.expire({ ref, generation, commandId: id }, 'sweep')
        return lifted
      },
      named: ({ scope, kind }) => ({ scope, kind }),
      ...{ everyMs: sanctionSweepEveryMs, leewayMs: sanctionLeewayMs },
      metrics: { settled: () => metrics.lifted(), failed: () => metrics.failed() },
      ...ports,
    })
  }
}
