import { continueAsNew, proxyActivities, workflowInfo } from '@temporalio/workflow'
import type { ErasePersonInput, WorkflowActivities } from '../../protocol/workflows.ts'

/** A room with a long journal takes its time; what cannot be done now is tried for a month. */
const { eraseNext } = proxyActivities<WorkflowActivities>({
  startToCloseTimeout: 5 * 60_000,
  scheduleToCloseTimeout: 30 * 24 * 3_600_000,
  retry: { initialInterval: 1_000, backoffCoefficient: 2, maximumInterval: 60_000 },
})

/** Takes a person out of the record, a room after the other, and out of everything else at last. */
export async function erasePerson(input: ErasePersonInput): Promise<void> {
  for (;;) {
    const { done } = await eraseNext(input)
    if (done) return
    if (workflowInfo().continueAsNewSuggested) await continueAsNew<typeof erasePerson>(input)
  }
}
