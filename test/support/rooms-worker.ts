import { randomUUID } from 'node:crypto'
import type { WorkflowBundle, Runtime } from '@temporalio/worker'
import { backgroundTimers, systemClock } from '../../bin/system-ports.ts'
import type { PersonExporter } from '../../persistence/persons/port.ts'
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
  type Comparer,
  type InviteExpirer,
  type PersonErasing,
  type Retaining,
  type RoomExpirer,
  type RoomsWorker,
  type SanctionExpirer,
  type TemporalTls,
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

/** One call of a workflow of a room's end or an invite. */
export interface ClockCall {
  readonly what: 'close' | 'warn' | 'expire'
  /** Of the room or the invite. */
  readonly id: string
  readonly commandId: string
  readonly atMs: number
}

type NotBefore = number | null

/** A room that is asked to close, to warn, or to end an invite. Answers with the moments it was told, then that it is done. */
export class ScriptedClocks {
  readonly calls: ClockCall[] = []
  readonly #notBefore = new Map<string, (NotBefore | ErrorCode)[]>()

  answer(id: string, ...answers: (NotBefore | ErrorCode)[]): void {
    this.#notBefore.set(id, answers)
  }

  callsFor(id: string): readonly ClockCall[] {
    return this.calls.filter((call) => call.id === id)
  }

  readonly rooms: RoomExpirer = {
    close: ({ roomId, commandId }) =>
      this.#heard('close', roomId, commandId, (notBeforeMs) => ({ closed: notBeforeMs === null, notBeforeMs })),
    warn: ({ roomId, commandId }) => {
      this.calls.push({ what: 'warn', id: roomId, commandId, atMs: Date.now() })
      return Promise.resolve()
    },
  }

  readonly invites: InviteExpirer = {
    expire: ({ inviteId, commandId }) =>
      this.#heard('expire', inviteId, commandId, (notBeforeMs) => ({ expired: notBeforeMs === null, notBeforeMs })),
  }

  #heard<Result>(
    what: ClockCall['what'],
    id: string,
    commandId: string,
    result: (notBeforeMs: NotBefore) => Result,
  ): Promise<Result> {
    this.calls.push({ what, id, commandId, atMs: Date.now() })
    const answer = this.#notBefore.get(id)?.shift() ?? null
    return typeof answer === 'string' ? Promise.reject(new AppError(answer)) : Promise.resolve(result(answer))
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

export interface WorkerParts {
  readonly clocks?: ScriptedClocks
  readonly tls?: TemporalTls | null
  readonly comparer?: Comparer
  readonly persons?: PersonErasing
  readonly retaining?: Retaining
  readonly exporter?: PersonExporter
}

const nobodyToErase: PersonErasing = { eraseNext: () => Promise.resolve({ done: true }) }

const nothingToExport: PersonExporter = { exportNext: () => Promise.resolve({ done: true }) }

const nothingToRemove: Retaining = {
  removeNext: () => Promise.resolve({ removed: 0, done: true }),
  done: () => Promise.resolve(),
}

const nothingToCompare: Comparer = {
  compareRecord: () => Promise.resolve({ checked: 0, repaired: 0, next: null }),
  compareWorkflows: () => Promise.resolve({ checked: 0, repaired: 0, next: null }),
  done: () => Promise.resolve(),
}

/** Makes workers on a task queue of the test's own, bundling once. One per test file: a process has one Temporal runtime. */
export class WorkerBench {
  readonly taskQueue = `rooms-${randomUUID()}`
  readonly temporalUp: boolean[] = []
  readonly #bundle: WorkflowBundle
  /** The one of this process. */
  readonly runtime: Runtime

  constructor(bundle: WorkflowBundle, runtime: Runtime) {
    this.#bundle = bundle
    this.runtime = runtime
  }

  /** A worker against that server. Not started. */
  worker(address: string, room: SanctionExpirer, more: WorkerParts = {}): RoomsWorker {
    const {
      clocks: { rooms, invites } = new ScriptedClocks(),
      tls = null,
      comparer = nothingToCompare,
      persons = nobodyToErase,
      retaining = nothingToRemove,
      exporter = nothingToExport,
    } = more
    return createRoomsWorker({
      temporal: { address, namespace: 'default', tls },
      runtime: this.runtime,
      bundle: this.#bundle,
      activities: createActivities({ sanctions: room, rooms, invites, comparer, persons, retaining, exporter }),
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
