import {
  getExternalWorkflowHandle,
  ParentClosePolicy,
  proxyActivities,
  startChild,
  TemporalFailure,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow'
import {
  raidMessages,
  raidWorkflowId,
  type OccurrenceRef,
  type RaidActivities,
  type RaidPlannerInput,
} from '../../protocol/raids/workflow.ts'
import { raidOccurrence } from './raid-occurrence.ts'

const { planRaid } = proxyActivities<RaidActivities>({
  startToCloseTimeout: 10_000,
  retry: { initialInterval: 500, backoffCoefficient: 2, maximumInterval: 30_000 },
})

/**
 * Writes down the occurrences of a raid that are near, and sees to it that each has its workflow: one that has none gets one, and one
 * that has is told to look at its row. It may run at any time and any number of times at once.
 */
export async function raidPlanner({ raidId }: RaidPlannerInput): Promise<void> {
  const slots = await planRaid({ raidId })
  await Promise.all(slots.map((slot) => startOrTell({ raidId, slot })))
}

async function startOrTell(ref: OccurrenceRef): Promise<void> {
  const workflowId = raidWorkflowId(ref)
  try {
    await startChild(raidOccurrence, {
      workflowId,
      args: [{ ref }],
      parentClosePolicy: ParentClosePolicy.ABANDON,
      workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    })
  } catch (error) {
    if (!(error instanceof TemporalFailure) || error.name !== 'WorkflowExecutionAlreadyStartedError') throw error
    await getExternalWorkflowHandle(workflowId)
      .signal(raidMessages.changed, { generation: 0 })
      // It has ended since, and so has what it would be told of.
      .catch(() => undefined)
  }
}
