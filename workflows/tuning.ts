import type { WorkerOptions } from '@temporalio/worker'

/**
 * How a worker of the queue `rooms` is set. Measured on two cores against a local server: autoscaling pollers took 271-391
 * starts a second where 60 fixed ones took 131-233.
 */
export const roomsTuning = {
  workflowTaskPollerBehavior: { type: 'autoscaling', minimum: 2, initial: 5, maximum: 20 },
  activityTaskPollerBehavior: { type: 'autoscaling', minimum: 2, initial: 5, maximum: 20 },
  maxConcurrentWorkflowTaskExecutions: 120,
  maxConcurrentActivityTaskExecutions: 200,
  /** Counted, not weighed: at 120-150 KB each this is 300 MB. A full heap would end the process with all of them. */
  maxCachedWorkflows: 2_000,
  /** How long a task waits for the worker that last had its workflow, after that one died. Temporal's default is 10 s. */
  stickyQueueScheduleToStartTimeout: 2_000,
  /** Activities under way may end in this time. They take 3 s at the most. */
  shutdownGraceTime: 15_000,
  /** After it the worker gives up on an orderly end. */
  shutdownForceTime: 25_000,
} as const satisfies Partial<WorkerOptions>

/** How a worker of the queue `media` is set: mixing takes a core, so as many at once as there are to spare. */
export const mediaTuning = {
  maxConcurrentActivityTaskExecutions: 2,
  /** A step says that it lives every five seconds, and is believed for fifteen. */
  maxHeartbeatThrottleInterval: 2_000,
  defaultHeartbeatThrottleInterval: 2_000,
  shutdownGraceTime: 10_000,
  shutdownForceTime: 15_000,
} as const satisfies Partial<WorkerOptions>
