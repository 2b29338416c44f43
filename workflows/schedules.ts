import { Connection, ScheduleAlreadyRunning, ScheduleClient, ScheduleOverlapPolicy } from '@temporalio/client'
import { reconcileScheduleId, roomsTaskQueue, workflowNames, type ReconcileInput } from '../protocol/workflows.ts'
import { callDeadlineMs, connectionOptions, type TemporalAccess } from './temporal-access.ts'

export interface ScheduleOptions extends TemporalAccess {
  /** From one comparison to the next, ms. */
  readonly reconcileEveryMs: number
  /** `rooms` when not given. */
  readonly taskQueue?: string
}

/**
 * Sees to it that the record and the workflows are compared regularly. A schedule that is there already is brought up to date. Rejects while
 * Temporal is away. Every policy is set by hand: by default a run that hangs would skip all that follow, for ever.
 */
export async function ensureSchedules(options: ScheduleOptions): Promise<void> {
  const { namespace, reconcileEveryMs, taskQueue = roomsTaskQueue } = options
  const connection = Connection.lazy({ ...connectionOptions(options), interceptors: [] })
  const client = new ScheduleClient({ connection, namespace })
  const schedule = {
    spec: { intervals: [{ every: reconcileEveryMs }] },
    action: {
      type: 'startWorkflow' as const,
      workflowType: workflowNames.reconcile,
      args: [{} satisfies ReconcileInput],
      taskQueue,
      workflowExecutionTimeout: 30 * 60_000,
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: 10 * 60_000, pauseOnFailure: false },
  }
  const inTime = (call: () => Promise<unknown>) => connection.withDeadline(Date.now() + callDeadlineMs, call)
  try {
    await inTime(() => client.create({ scheduleId: reconcileScheduleId, ...schedule })).catch(
      async (error: unknown) => {
        if (!(error instanceof ScheduleAlreadyRunning)) throw error
        await inTime(() => client.getHandle(reconcileScheduleId).update(({ state }) => ({ ...schedule, state })))
      },
    )
  } finally {
    await connection.close()
  }
}
