import {
  Connection,
  ScheduleAlreadyRunning,
  ScheduleClient,
  ScheduleOverlapPolicy,
  type ScheduleOptions as Schedule,
} from '@temporalio/client'
import {
  reconcileScheduleId,
  retentionScheduleId,
  roomsTaskQueue,
  workflowNames,
  type ReconcileInput,
  type RetentionInput,
} from '../protocol/workflows.ts'
import { callDeadlineMs, connectionOptions, type TemporalAccess } from './temporal-access.ts'

export interface ScheduleOptions extends TemporalAccess {
  /** From one comparison to the next, ms. */
  readonly reconcileEveryMs: number
  /** `rooms` when not given. */
  readonly taskQueue?: string
}

const dayMs = 86_400_000
/** When in the day (UTC) retention begins, ms: where most players are, few play then. */
const retentionAtMs = 4 * 3_600_000

/** What runs by the clock. Every policy is set by hand: by default a run that hangs would skip all that follow, for ever. */
function schedulesOf({ reconcileEveryMs, taskQueue = roomsTaskQueue }: ScheduleOptions) {
  const policies = { overlap: ScheduleOverlapPolicy.SKIP, pauseOnFailure: false }
  const action = { type: 'startWorkflow' as const, taskQueue }
  return [
    {
      scheduleId: reconcileScheduleId,
      spec: { intervals: [{ every: reconcileEveryMs }] },
      action: {
        ...{ ...action, workflowType: workflowNames.reconcile, args: [{} satisfies ReconcileInput] },
        workflowExecutionTimeout: 30 * 60_000,
      },
      policies: { ...policies, catchupWindow: 10 * 60_000 },
    },
    {
      scheduleId: retentionScheduleId,
      spec: { intervals: [{ every: dayMs, offset: retentionAtMs }] },
      action: {
        ...{ ...action, workflowType: workflowNames.retention, args: [{} satisfies RetentionInput] },
        workflowExecutionTimeout: dayMs / 2,
      },
      // Who was away at four does it when they are back.
      policies: { ...policies, catchupWindow: dayMs },
    },
  ] satisfies Schedule[]
}

/**
 * Sees to it that the record and the workflows are compared regularly, and that what has been kept for long enough goes. A schedule that is
 * there already is brought up to date. Rejects while Temporal is away.
 */
export async function ensureSchedules(options: ScheduleOptions): Promise<void> {
  const connection = Connection.lazy({ ...connectionOptions(options), interceptors: [] })
  const client = new ScheduleClient({ connection, namespace: options.namespace })
  const inTime = (call: () => Promise<unknown>) => connection.withDeadline(Date.now() + callDeadlineMs, call)
  try {
    for (const schedule of schedulesOf(options)) {
      await inTime(() => client.create(schedule)).catch(async (error: unknown) => {
        if (!(error instanceof ScheduleAlreadyRunning)) throw error
        const { scheduleId, ...rest } = schedule
        await inTime(() => client.getHandle(scheduleId).update(({ state }) => ({ ...rest, state })))
      })
    }
  } finally {
    await connection.close()
  }
}
