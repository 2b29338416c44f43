import { proxyActivities, sleep, workflowInfo } from '@temporalio/workflow'
import type { InviteExpiryInput, WorkflowActivities } from '../../protocol/workflows.ts'
import { askAgainMs } from './generation.ts'
import { patiently } from './patience.ts'

const { expireInvite } = proxyActivities<WorkflowActivities>(patiently)

/** Begins at the time of the invite, and tells the room that it has come. An invite that is over before has its workflow terminated. */
export async function inviteExpiry({ inviteId, roomId }: InviteExpiryInput): Promise<void> {
  const commandId = `${workflowInfo().workflowId}/1/expire`
  for (;;) {
    const { notBeforeMs } = await expireInvite({ inviteId, roomId, commandId })
    if (notBeforeMs === null) return
    await sleep(Math.max(notBeforeMs - Date.now(), askAgainMs))
  }
}
