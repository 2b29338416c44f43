import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow'
import {
  clockKinds,
  type ReconcileInput,
  type ReconcileTotals,
  type WorkflowActivities,
} from '../../protocol/workflows.ts'

const { compareRecord, compareWorkflows, reconciled } = proxyActivities<WorkflowActivities>({
  startToCloseTimeout: 60_000,
  scheduleToCloseTimeout: 10 * 60_000,
  retry: { initialInterval: 1_000, backoffCoefficient: 2, maximumInterval: 30_000, maximumAttempts: 10 },
})

const nothing: ReconcileTotals = { awaited: 0, missing: 0, open: 0, inVain: 0 }

/** Goes through the record and through the open workflows, kind by kind and page by page. */
export async function reconcile({ progress }: ReconcileInput): Promise<ReconcileTotals> {
  let { step, after, totals } = progress ?? { step: 0, after: null, totals: nothing }
  while (step < 2 * clockKinds.length) {
    const kind = clockKinds[step % clockKinds.length]
    if (kind === undefined) break
    if (step < clockKinds.length) {
      const page = await compareRecord({ kind, after })
      totals = { ...totals, awaited: totals.awaited + page.checked, missing: totals.missing + page.repaired }
      after = page.next
    } else {
      const page = await compareWorkflows({ kind, after })
      totals = { ...totals, open: totals.open + page.checked, inVain: totals.inVain + page.repaired }
      after = page.next
    }
    if (after === null) step += 1
    if (workflowInfo().continueAsNewSuggested)
      await continueAsNew<typeof reconcile>({ progress: { step, after, totals } })
  }
  await reconciled(totals)
  return totals
}
