import type { ActivityOptions } from '@temporalio/workflow'

/** A room that cannot answer, or a database that is away, is asked again for a week; what is final, the activity says. */
export const patiently: ActivityOptions = {
  startToCloseTimeout: 3_000,
  scheduleToCloseTimeout: 7 * 24 * 3_600_000,
  retry: { initialInterval: 200, backoffCoefficient: 2, maximumInterval: 10_000 },
}
