import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow'
import type { ExportPersonInput, WorkflowActivities } from '../../protocol/workflows.ts'

const { exportNext } = proxyActivities<WorkflowActivities>({
  startToCloseTimeout: 60_000,
  scheduleToCloseTimeout: 7 * 24 * 3_600_000,
  retry: { initialInterval: 1_000, backoffCoefficient: 2, maximumInterval: 60_000 },
})

/** Writes down all that the record knows of a person, a page after the other. */
export async function exportPerson(input: ExportPersonInput): Promise<void> {
  for (;;) {
    const { done } = await exportNext(input)
    if (done) return
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof exportPerson>(input)
  }
}
