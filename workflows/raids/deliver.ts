import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  type ScheduleClient,
  type ScheduleOptions,
  type ScheduleOptionsStartWorkflowAction,
  type WorkflowClient,
} from '@temporalio/client'
import {
  raidMessages,
  raidPlannerId,
  raidScheduleId,
  raidWorkflowId,
  raidWorkflowNames,
  type RaidChanged,
  type RaidMessage,
  type RaidOccurrenceInput,
  type RaidPlannerInput,
  type RaidSchedule,
} from '../../protocol/raids/workflow.ts'

export interface RaidClients {
  readonly workflows: WorkflowClient
  readonly schedules: ScheduleClient
  readonly taskQueue: string
}

type Planner = (input: RaidPlannerInput) => Promise<void>
type PlannerSchedule = ScheduleOptions<ScheduleOptionsStartWorkflowAction<Planner>>
type Occurrence = (input: RaidOccurrenceInput) => Promise<void>
type Series = Extract<RaidMessage, { kind: 'raid.series' }>

/** A planner takes moments; one that hangs must not hold up a later one. */
const plannerTimeoutMs = 10 * 60_000

/** Hands a message of a raid to Temporal. Delivering it again does no harm. */
export function deliverRaid(clients: RaidClients, message: RaidMessage): Promise<void> {
  return message.kind === 'raid.occurrence' ? tell(clients, message) : bringUpToDate(clients, message)
}

async function tell(
  { workflows, taskQueue }: RaidClients,
  message: Extract<RaidMessage, { kind: 'raid.occurrence' }>,
): Promise<void> {
  const { raidId, slot, generation } = message
  await workflows.signalWithStart<Occurrence, [RaidChanged]>(raidWorkflowNames.raidOccurrence, {
    workflowId: raidWorkflowId(message),
    taskQueue,
    args: [{ ref: { raidId, slot } }],
    signal: raidMessages.changed,
    signalArgs: [{ generation }],
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    workflowTaskTimeout: 5_000,
  })
}

async function bringUpToDate(clients: RaidClients, message: Series): Promise<void> {
  const { raidId, generation, schedule } = message
  const scheduleId = raidScheduleId(raidId)
  if (!schedule) return takeAway(clients, scheduleId)
  const wanted = optionsOf(clients, message, schedule)
  try {
    await clients.schedules.create(wanted)
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error
    await replace(clients, wanted, generation)
  }
  // At once besides: what is near has to be planned before the schedule fires for the first time, and told of an edit.
  await clients.workflows.start<Planner>(raidWorkflowNames.raidPlanner, {
    workflowId: `${raidPlannerId(raidId)}:${generation}`,
    ...plannerOf(clients, raidId),
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
  })
}

const plannerOf = ({ taskQueue }: RaidClients, raidId: string) => ({
  taskQueue,
  args: [{ raidId }] as [RaidPlannerInput],
  workflowExecutionTimeout: plannerTimeoutMs,
  workflowTaskTimeout: 5_000,
})

/** Every policy is said: Temporal's own would start what was missed in the last year, and skip what a stuck run stands in front of. */
function optionsOf(clients: RaidClients, { raidId, generation }: Series, schedule: RaidSchedule): PlannerSchedule {
  return {
    scheduleId: raidScheduleId(raidId),
    spec: {
      calendars: [
        { dayOfWeek: schedule.firesOn.map((day) => dayNames[day] ?? 'SUNDAY'), hour: 12, minute: 0, second: 0 },
      ],
      timezone: schedule.zone,
      ...(schedule.endsAtMs === null ? {} : { endAt: new Date(schedule.endsAtMs) }),
      // Raids of a thousand guilds fire at one noon.
      jitter: 10_000,
    },
    action: {
      type: 'startWorkflow',
      workflowType: raidWorkflowNames.raidPlanner,
      workflowId: raidPlannerId(raidId),
      ...plannerOf(clients, raidId),
    },
    policies: {
      // Planners do not mind one another.
      overlap: ScheduleOverlapPolicy.ALLOW_ALL,
      // It fires 36 hours ahead at the least: planned a day late is in time.
      catchupWindow: 24 * 3_600_000,
      pauseOnFailure: false,
    },
    state: { paused: schedule.paused, note: noteOf(generation) },
  }
}

/** An older message that comes behind a newer one changes nothing. */
async function replace({ schedules }: RaidClients, wanted: PlannerSchedule, generation: number): Promise<void> {
  const { scheduleId, ...options } = wanted
  try {
    await schedules.getHandle(scheduleId).update<Planner>(({ state: { note } }) => {
      if (generationOf(note) > generation) throw new Stale()
      return { ...options, state: { paused: wanted.state?.paused ?? false, note: noteOf(generation) } }
    })
  } catch (error) {
    if (!(error instanceof Stale)) throw error
  }
}

async function takeAway({ schedules }: RaidClients, scheduleId: string): Promise<void> {
  try {
    await schedules.getHandle(scheduleId).delete()
  } catch (error) {
    if (!(error instanceof ScheduleNotFoundError)) throw error
  }
}

class Stale extends Error {}

const dayNames = ['SUNDAY', 'MONDAY', 'TUESDAY', 'WEDNESDAY', 'THURSDAY', 'FRIDAY', 'SATURDAY'] as const

/** Where the schedule keeps the generation of the raid that it was made by. */
const noteOf = (generation: number): string => `generation ${generation}`
const generationOf = (note: string | undefined): number => Number(/^generation ([0-9]+)$/.exec(note ?? '')?.[1] ?? 0)
