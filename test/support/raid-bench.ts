import { randomUUID } from 'node:crypto'
import type { Runtime, WorkflowBundle } from '@temporalio/worker'
import { backgroundTimers, systemClock } from '../../bin/system-ports.ts'
import { AppError, type ErrorCode } from '../../protocol/errors.ts'
import type { OccurrencePlan, OccurrenceRef, RaidActivities } from '../../protocol/raids/workflow.ts'
import { createRoomsWorker, installRuntime, workflowBundle, type RoomsWorker } from '../../workflows/index.ts'
import { activityFailure } from '../../workflows/activities/failures.ts'
import { silentLogger } from './silent-logger.ts'

/** One thing that a workflow asked for. */
export interface RaidCall {
  readonly what: string
  readonly atMs: number
}

/** Raids whose rows a test writes, and rooms that do as they are told. Notes every call that moves something. */
export class ScriptedRaids {
  readonly #plans = new Map<string, OccurrencePlan>()
  readonly #calls = new Map<string, RaidCall[]>()
  readonly #failures = new Map<string, ErrorCode[]>()
  readonly #slots = new Map<string, readonly string[]>()

  /** An occurrence that begins so many ms from now, with reminders 600, 300 and 100 ms before. */
  plan(ref: OccurrenceRef, startsInMs: number, more: Partial<OccurrencePlan> = {}): OccurrencePlan {
    const startsAtMs = Date.now() + startsInMs
    const plan: OccurrencePlan = {
      ...{ status: 'planned', paused: false, startsAtMs, opensAtMs: startsAtMs, endsAtMs: startsAtMs + 1_000 },
      ...{ missedAtMs: startsAtMs + 60_000, leadsMs: [600, 300, 100], generation: 1, synced: 0, roomMade: false },
      ...more,
    }
    this.#plans.set(ref.raidId, plan)
    return plan
  }

  change(ref: OccurrenceRef, more: Partial<OccurrencePlan>): void {
    this.#update(ref, (plan) => ({ ...plan, ...more, generation: plan.generation + 1 }))
  }

  forget(ref: OccurrenceRef): void {
    this.#plans.delete(ref.raidId)
  }

  slots(raidId: string, ...slots: readonly string[]): void {
    this.#slots.set(raidId, slots)
  }

  /** The next openings of that raid fail so. */
  failToOpen(ref: OccurrenceRef, ...codes: ErrorCode[]): void {
    this.#failures.set(ref.raidId, codes)
  }

  done(ref: Pick<OccurrenceRef, 'raidId'>): readonly string[] {
    return (this.#calls.get(ref.raidId) ?? []).map(({ what }) => what)
  }

  calls(ref: Pick<OccurrenceRef, 'raidId'>): readonly RaidCall[] {
    return this.#calls.get(ref.raidId) ?? []
  }

  status(ref: OccurrenceRef): string | undefined {
    return this.#plans.get(ref.raidId)?.status
  }

  get activities(): RaidActivities {
    const later = <Value>(act: () => Value): Promise<Value> => Promise.resolve().then(act)
    return {
      readOccurrence: ({ ref }) => later(() => this.#plans.get(ref.raidId) ?? null),
      remindRaid: ({ ref, leadMs }) => later(() => this.#note(ref, `remind ${leadMs}`)),
      openRaidRoom: ({ ref }) =>
        later(() => {
          this.#note(ref, 'open')
          this.#update(ref, (plan) => ({ ...plan, status: 'opening', roomMade: true }))
          const failure = this.#failures.get(ref.raidId)?.shift()
          if (failure) throw activityFailure(new AppError(failure))
          this.#update(ref, (plan) => ({ ...plan, status: 'open', synced: plan.generation }))
        }),
      syncRaidRoom: ({ ref }) =>
        later(() => {
          this.#note(ref, 'sync')
          this.#update(ref, (plan) => ({ ...plan, synced: plan.generation }))
        }),
      endRaid: ({ ref }) =>
        later(() => {
          this.#note(ref, 'end')
          this.#update(ref, (plan) => ({ ...plan, status: 'over' }))
        }),
      closeRaidRoom: ({ ref }) =>
        later(() => {
          this.#note(ref, 'close')
          this.#update(ref, (plan) => ({ ...plan, roomMade: false }))
        }),
      missRaid: ({ ref }) =>
        later(() => {
          this.#note(ref, 'miss')
          this.#update(ref, (plan) => ({ ...plan, status: plan.paused ? 'skipped' : 'missed' }))
        }),
      planRaid: ({ raidId }) =>
        later(() => {
          this.#note({ raidId }, 'plan')
          return this.#slots.get(raidId) ?? []
        }),
    }
  }

  #note({ raidId }: Pick<OccurrenceRef, 'raidId'>, what: string): void {
    this.#calls.set(raidId, [...(this.#calls.get(raidId) ?? []), { what, atMs: Date.now() }])
  }

  #update({ raidId }: OccurrenceRef, change: (plan: OccurrencePlan) => OccurrencePlan): void {
    const plan = this.#plans.get(raidId)
    if (plan) this.#plans.set(raidId, change(plan))
  }
}

/** An occurrence that no other test has. */
export const freshOccurrence = (): OccurrenceRef => ({ raidId: randomUUID(), slot: 'once' })

/** Makes workers for raids on a task queue of the test's own, bundling once. One per test file. */
export class RaidBench {
  readonly taskQueue = `raids-${randomUUID()}`
  readonly #bundle: WorkflowBundle
  readonly #runtime: Runtime

  constructor(bundle: WorkflowBundle, runtime: Runtime) {
    this.#bundle = bundle
    this.#runtime = runtime
  }

  /** A worker against that server. Not started. */
  worker(address: string, raids: ScriptedRaids): RoomsWorker {
    return createRoomsWorker({
      temporal: { address, namespace: 'default' },
      ...{ runtime: this.#runtime, bundle: this.#bundle },
      activities: raids.activities,
      ...{ identity: `worker-of-${this.taskQueue}`, taskQueue: this.taskQueue },
      ...{
        clock: systemClock,
        timers: backgroundTimers,
        logger: silentLogger,
        metrics: { temporalUp: () => undefined },
      },
    })
  }
}

export const raidBench = async (): Promise<RaidBench> =>
  new RaidBench(await workflowBundle({ logger: silentLogger }), installRuntime(silentLogger))
