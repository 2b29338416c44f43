import {
  allHandlersFinished,
  condition,
  continueAsNew,
  defineQuery,
  defineSignal,
  proxyActivities,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow'
import {
  timedSanctionMessages,
  type SanctionEnded,
  type SanctionRef,
  type SanctionStanding,
  type SetSanction,
  type TimedSanctionInput,
  type WorkflowActivities,
} from '../../protocol/workflows.ts'
import { deadline } from './deadline.ts'
import { tellDueAt } from './due-at.ts'
import { patiently } from './patience.ts'
import { afterEnded, afterExpiry, afterSet, nothingSet } from './generation.ts'

const set = defineSignal<[SetSanction]>(timedSanctionMessages.set)
const lift = defineSignal<[SanctionEnded]>(timedSanctionMessages.lift)
const state = defineQuery<SanctionStanding>(timedSanctionMessages.state)

const { expireSanction } = proxyActivities<WorkflowActivities>(patiently)

/** Sees to it that a timed sanction ends at its deadline, whatever becomes of the room meanwhile. */
export async function timedSanction(input: TimedSanctionInput): Promise<void> {
  let standing = input.standing ?? nothingSet
  setHandler(set, (message) => {
    standing = afterSet(standing, message)
    tellDueAt(standing.untilMs)
  })
  setHandler(lift, (message) => void (standing = afterEnded(standing, message)))
  setHandler(state, () => standing)

  await condition(() => standing.generation > 0)
  while (standing.untilMs !== null) {
    await deadline(() => standing.untilMs, historyIsLong)
    if (isDue(standing)) standing = await expire(input.ref, () => standing)
    await condition(allHandlersFinished)
    if (standing.untilMs !== null && historyIsLong()) {
      return continueAsNew<typeof timedSanction>({ ref: input.ref, standing })
    }
  }
}

const historyIsLong = (): boolean => workflowInfo().continueAsNewSuggested

const isDue = ({ untilMs }: SanctionStanding): boolean => untilMs !== null && untilMs <= Date.now()

/** Asks the room to end what stands, and says what stands after its answer: a newer generation may have come meanwhile. */
async function expire(ref: SanctionRef, standing: () => SanctionStanding): Promise<SanctionStanding> {
  const { generation } = standing()
  const commandId = `${workflowInfo().workflowId}/${generation}/expire`
  try {
    const result = await expireSanction({ ref, generation, commandId })
    return afterExpiry(standing(), generation, result, Date.now())
  } catch (failure) {
    // A refusal is final for its generation only: a newer one has a deadline of its own, and what ended needs no lift.
    const now = standing()
    if (now.generation === generation && now.untilMs !== null) throw failure
    return now
  }
}
