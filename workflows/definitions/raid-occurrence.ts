import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  isCancellation,
  proxyActivities,
  setHandler,
  TimeoutFailure,
  ActivityFailure,
  workflowInfo,
} from '@temporalio/workflow'
import {
  raidMessages,
  type OccurrencePlan,
  type RaidActivities,
  type RaidChanged,
  type RaidOccurrenceInput,
} from '../../protocol/raids/workflow.ts'
import { deadline } from './deadline.ts'
import { nextStep, type RaidStep } from './raid-steps.ts'

const changed = defineSignal<[RaidChanged]>(raidMessages.changed)
const state = defineQuery<OccurrencePlan | null>(raidMessages.state)

const retry = { initialInterval: 200, backoffCoefficient: 2, maximumInterval: 10_000 } as const
/** A database or a room that is away is asked again for a week; what is final, the activity says. */
const acts = proxyActivities<RaidActivities>({
  startToCloseTimeout: 30_000,
  scheduleToCloseTimeout: 7 * 24 * 3_600_000,
  retry,
})
/** Between two attempts at a step after which everything stands as before, ms. */
const restMs = 1_000

/**
 * Sees one occurrence of a raid through: reminders, the room at its time, who may come in, and the end. It keeps nothing but the
 * reminders that were given: before every step it reads the occurrence's row, and a signal only says that there is something to read.
 */
export async function raidOccurrence({ ref, told: before = [] }: RaidOccurrenceInput): Promise<void> {
  const told = new Set(before)
  let heard = 0
  let plan: OccurrencePlan | null = null
  let last = ''
  setHandler(changed, () => void (heard += 1))
  setHandler(state, () => plan)
  for (;;) {
    const seen = heard
    const isInterrupted = () => heard !== seen || historyIsLong()
    plan = await acts.readOccurrence({ ref })
    const step = nextStep(plan, told, Date.now())
    if (step.step === 'stop' || !plan) break
    if (step.step === 'wait') await deadline(() => step.untilMs, isInterrupted)
    else {
      const now = JSON.stringify([step, plan])
      if (now === last) await condition(isInterrupted, restMs)
      last = now
      await take(ref, plan, step, told)
    }
    await condition(allHandlersFinished)
    if (historyIsLong()) return continueAsNew<typeof raidOccurrence>({ ref, told: [...told] })
  }
}

const historyIsLong = (): boolean => workflowInfo().continueAsNewSuggested

async function take(
  ref: RaidOccurrenceInput['ref'],
  plan: OccurrencePlan,
  step: Exclude<RaidStep, { step: 'stop' | 'wait' }>,
  told: Set<string>,
): Promise<void> {
  switch (step.step) {
    case 'remind':
      if (step.leadMs !== null) await acts.remindRaid({ ref, startsAtMs: plan.startsAtMs, leadMs: step.leadMs })
      for (const key of step.told) told.add(key)
      return
    case 'open':
      return open(ref, plan)
    case 'sync':
      return acts.syncRaidRoom({ ref })
    case 'end':
      return acts.endRaid({ ref })
    case 'miss':
      return acts.missRaid({ ref })
    case 'close':
      return acts.closeRaidRoom({ ref })
  }
}

/** Tried until it is too late; then the next look at the row finds it missed. */
async function open(ref: RaidOccurrenceInput['ref'], plan: OccurrencePlan): Promise<void> {
  const { openRaidRoom } = proxyActivities<RaidActivities>({
    startToCloseTimeout: 30_000,
    scheduleToCloseTimeout: Math.max(restMs, plan.missedAtMs - Date.now()),
    retry,
  })
  try {
    await openRaidRoom({ ref })
  } catch (failure) {
    // Where no further attempt fits in the server gives the last one's failure instead.
    const isTooLate =
      failure instanceof ActivityFailure &&
      (failure.cause instanceof TimeoutFailure || failure.retryState === 'TIMEOUT')
    if (isCancellation(failure) || !isTooLate) throw failure
  }
}
