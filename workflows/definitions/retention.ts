import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow'
import {
  retentionSteps,
  type RetentionInput,
  type RetentionTotals,
  type WorkflowActivities,
} from '../../protocol/workflows.ts'

const { retainNext, retained } = proxyActivities<WorkflowActivities>({
  startToCloseTimeout: 60_000,
  scheduleToCloseTimeout: 6 * 3_600_000,
  retry: { initialInterval: 1_000, backoffCoefficient: 2, maximumInterval: 60_000 },
})

const nothing: RetentionTotals = { journal: 0, seats: 0, invites: 0, roles: 0, exports: 0 }

/** Goes through what is kept, step by step and piece by piece, and takes away what has been kept for long enough. */
export async function retention({ progress }: RetentionInput): Promise<RetentionTotals> {
  let { step: at, totals } = progress ?? { step: 0, totals: nothing }
  for (let step = retentionSteps[at]; step !== undefined; step = retentionSteps[at]) {
    const { removed, done } = await retainNext({ step })
    totals = { ...totals, [step]: totals[step] + removed }
    if (done) at += 1
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof retention>({ progress: { step: at, totals } })
  }
  await retained(totals)
  return totals
}
