import type { WorkflowActivities } from '../../protocol/workflows.ts'
import { activityFailure } from './failures.ts'
import type { SanctionExpirer } from './port.ts'

/** What the activities reach the world through. */
export interface ActivityDeps {
  readonly sanctions: SanctionExpirer
}

/** The activities of the queue `rooms`, by the names that workflows call them. */
export const createActivities = ({ sanctions }: ActivityDeps): WorkflowActivities => ({
  expireSanction: async (input) => {
    try {
      return await sanctions.expire(input)
    } catch (error) {
      throw activityFailure(error)
    }
  },
})
