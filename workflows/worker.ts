import { NativeConnection, Worker, type Runtime, type WorkerOptions, type WorkflowBundle } from '@temporalio/worker'
import type { Cancel, Clock, Logger, Timers } from '../protocol/ports.ts'
import type { RaidActivities } from '../protocol/raids/workflow.ts'
import type { MediaActivities, RecordingActivities } from '../protocol/recordings/workflow.ts'
import { roomsTaskQueue, type WorkflowActivities } from '../protocol/workflows.ts'
import { backOffMs } from './back-off.ts'
import type { WorkerMetrics } from './metrics.ts'
import { Rest } from './rest.ts'
import { callDeadlineMs, connectionOptions, type TemporalAccess } from './temporal-access.ts'
import { roomsTuning } from './tuning.ts'

export interface RoomsWorkerOptions {
  readonly temporal: TemporalAccess
  /** From `installRuntime`: whoever holds one has installed it. */
  readonly runtime: Runtime
  /** Null for a worker of activities alone. */
  readonly bundle: WorkflowBundle | null
  readonly activities: Partial<WorkflowActivities & RaidActivities & RecordingActivities & MediaActivities>
  /** Shown in Temporal's histories: the process that worked. */
  readonly identity: string
  /** `rooms` when not given. */
  readonly taskQueue?: string
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
  readonly metrics: WorkerMetrics
  /** `roomsTuning` when not given. */
  readonly tuning?: Partial<WorkerOptions>
}

/** Works on the task queue `rooms` from `start` to `stop`, whether Temporal is there all the time or not. */
export interface RoomsWorker {
  /** Returns at once. Call it once. */
  start(): void
  /** Takes no further tasks; resolves when those under way have ended, within the tuning's force time. */
  stop(): Promise<void>
}

/** How often Temporal is asked how it is, in ms. */
const checkMs = 5_000
const backOff = { firstMs: 200, longestMs: 10_000 }

export const createRoomsWorker = (options: RoomsWorkerOptions): RoomsWorker => new SteadyWorker(options)

/**
 * Modes: **connecting** (Temporal is away, or there is no namespace yet: dials again with a back-off), **working** (the SDK's
 * worker polls; it outlives an absence of the server by itself), **stopped**. A worker that fails is logged and replaced.
 */
class SteadyWorker implements RoomsWorker {
  readonly #options: RoomsWorkerOptions
  readonly #rest: Rest
  #worker: Worker | null = null
  #awaySinceMs: number | null = null
  #failures = 0
  #running: Promise<void> = Promise.resolve()

  constructor(options: RoomsWorkerOptions) {
    this.#options = options
    this.#rest = new Rest(options.timers)
  }

  start(): void {
    this.#options.metrics.temporalUp(false)
    this.#running = this.#run()
  }

  async stop(): Promise<void> {
    this.#rest.end()
    if (this.#worker?.getState() === 'RUNNING') this.#worker.shutdown()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#stopAsked()) {
      try {
        await this.#work()
      } catch (error) {
        this.#failures += 1
        if (this.#stopAsked()) this.#options.logger.error({ error }, 'worker.cut_short')
        else this.#away(error)
      }
      if (this.#failures > 0) await this.#rest.for(backOffMs(this.#failures, backOff), { wakeable: false })
    }
  }

  /** Connects and works until it is stopped. Rejects when Temporal is not there, or the worker fails. */
  async #work(): Promise<void> {
    const { temporal, bundle, activities, identity, taskQueue = roomsTaskQueue, logger } = this.#options
    const connection = await NativeConnection.connect({
      ...connectionOptions(temporal),
      // Messages are some hundred bytes; packing them cost a third of the throughput on a local server.
      grpcCompression: { codec: 'none' },
    })
    let stopChecking: Cancel = () => undefined
    try {
      const worker = await Worker.create({
        ...(this.#options.tuning ?? roomsTuning),
        connection,
        namespace: temporal.namespace,
        taskQueue,
        identity,
        ...(bundle === null ? {} : { workflowBundle: bundle }),
        activities,
      })
      this.#worker = worker
      const ended = worker.run()
      // It may have been stopped while it was being made.
      if (this.#stopAsked()) worker.shutdown()
      this.#back()
      logger.info({ taskQueue, namespace: temporal.namespace }, 'worker.working')
      stopChecking = this.#checkRegularly(connection)
      await ended
    } finally {
      this.#worker = null
      stopChecking()
      await connection.close()
    }
  }

  /** Asked anew each time: a stop may come during any await. */
  #stopAsked(): boolean {
    return this.#rest.ended
  }

  #checkRegularly(connection: NativeConnection): Cancel {
    const { namespace } = this.#options.temporal
    let underWay = false
    const check = async () => {
      underWay = true
      try {
        await connection.withDeadline(Date.now() + callDeadlineMs, () =>
          connection.workflowService.describeNamespace({ namespace }),
        )
        this.#failures = 0
        this.#back()
      } catch (error) {
        if (!this.#stopAsked()) this.#away(error)
      }
      underWay = false
    }
    return this.#options.timers.every(checkMs, () => {
      if (!underWay) void check()
    })
  }

  /** Logged once per absence, not once per attempt. */
  #away(error: unknown): void {
    const { metrics, logger, clock } = this.#options
    metrics.temporalUp(false)
    if (this.#awaySinceMs !== null) return
    this.#awaySinceMs = clock.monotonicMs()
    logger.warn({ error }, 'worker.temporal_away')
  }

  #back(): void {
    const { metrics, logger, clock } = this.#options
    metrics.temporalUp(true)
    if (this.#awaySinceMs === null) return
    logger.info({ awayMs: Math.round(clock.monotonicMs() - this.#awaySinceMs) }, 'worker.temporal_back')
    this.#awaySinceMs = null
  }
}
