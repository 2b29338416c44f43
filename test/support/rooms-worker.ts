import { randomUUID } from 'node:crypto'
import type { WorkflowBundle, Runtime } from '@temporalio/worker'
import { backgroundTimers, systemClock } from '../../bin/system-ports.ts'
import { AppError, type ErrorCode } from '../../protocol/errors.ts'
import {
  sanctionWorkflowId,
  type ExpireSanctionInput,
  type ExpireSanctionResult,
  type SanctionRef,
} from '../../protocol/workflows.ts'
import {
  createActivities,
  createRoomsWorker,
  installRuntime,
  workflowBundle,
  type RoomsWorker,
  type SanctionExpirer,
} from '../../workflows/index.ts'
import { silentLogger } from './silent-logger.ts'

/** One call of the workflow to the room. */
export interface ExpireCall extends ExpireSanctionInput {
  readonly atMs: number
}

type Answer = ExpireSanctionResult | ErrorCode

/** A room that answers as told, one answer a call and user; `lifted` when nothing was told. Writes down every call. */
export class ScriptedRoom implements SanctionExpirer {
  readonly calls: ExpireCall[] = []
  readonly #answers = new Map<string, Answer[]>()

  answer(ref: SanctionRef, ...answers: Answer[]): void {
    this.#answers.set(ref.userId, answers)
  }

  callsFor(ref: SanctionRef): readonly ExpireCall[] {
    return this.calls.filter((call) => call.ref.userId === ref.userId)
  }

  expire(input: ExpireSanctionInput): Promise<ExpireSanctionResult> {
    this.calls.push({ ...input, atMs: Date.now() })
    const answer = this.#answers.get(input.ref.userId)?.shift() ?? { lifted: true, notBeforeMs: null }
    return typeof answer === 'string' ? Promise.reject(new AppError(answer)) : Promise.resolve(answer)
  }
}

/** A sanction that no other test has. */
export function freshSanction(): { readonly ref: SanctionRef; readonly workflowId: string } {
  const ref: SanctionRef = {
    kind: 'mute',
    scope: 'room',
    scopeId: randomUUID(),
    userId: `user-${randomUUID().slice(0, 8)}`,
  }
  return { ref, workflowId: sanctionWorkflowId(ref) }
}

/** Makes workers on a task queue of the test's own, bundling once. One per test file: a process has one Temporal runtime. */
export class WorkerBench {
  readonly taskQueue = `rooms-${randomUUID()}`
  readonly temporalUp: boolean[] = []
  readonly #bundle: WorkflowBundle
  readonly #runtime: Runtime

  constructor(bundle: WorkflowBundle, runtime: Runtime) {
    this.#bundle = bundle
    this.#runtime = runtime
  }

  /** A worker against that server. Not started. */
  worker(address: string, room: SanctionExpirer): RoomsWorker {
    return createRoomsWorker({
      temporal: { address, namespace: 'default' },
      runtime: this.#runtime,
      bundle: this.#bundle,
      activities: createActivities({ sanctions: room }),
      identity: `worker-of-${this.taskQueue}`,
      taskQueue: this.taskQueue,
      clock: systemClock,
      timers: backgroundTimers,
      logger: silentLogger,
      metrics: { temporalUp: (up) => void this.temporalUp.push(up) },
    })
  }
}

export const workerBench = async (): Promise<WorkerBench> =>
  new WorkerBench(await workflowBundle({ logger: silentLogger }), installRuntime(silentLogger))
