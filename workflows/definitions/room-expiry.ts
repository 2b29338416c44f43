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
  roomExpiryMessages,
  type RoomEndStanding,
  type RoomExpiryInput,
  type SetRoomEnd,
  type WorkflowActivities,
} from '../../protocol/workflows.ts'
import { deadline } from './deadline.ts'
import { tellDueAt } from './due-at.ts'
import { patiently } from './patience.ts'
import { afterClosing, afterSetEnd, afterWarning, nextStep, noEndSet, type NextStep } from './room-end.ts'

const setEnd = defineSignal<[SetRoomEnd]>(roomExpiryMessages.setEnd)
const state = defineQuery<RoomEndStanding>(roomExpiryMessages.state)

const { closeRoom } = proxyActivities<WorkflowActivities>(patiently)

/** Worth nothing once it is late. */
const { warnRoom } = proxyActivities<WorkflowActivities>({
  startToCloseTimeout: 3_000,
  scheduleToCloseTimeout: 20_000,
  retry: { initialInterval: 500, backoffCoefficient: 2, maximumInterval: 5_000 },
})

/** Sees to it that a room closes when its time has come, and that those in it are warned, whatever becomes of its node meanwhile. */
export async function roomExpiry(input: RoomExpiryInput): Promise<void> {
  let standing = input.standing ?? noEndSet
  setHandler(setEnd, (message) => {
    standing = afterSetEnd(standing, message)
    tellDueAt(standing.atMs)
  })
  setHandler(state, () => standing)

  await condition(() => standing.generation > 0)
  for (let step = next(standing); step; step = next(standing)) {
    const { generation } = standing
    const moment = step.atMs
    await deadline(() => (standing.generation === generation ? moment : null), historyIsLong)
    if (standing.generation === generation && moment <= Date.now()) {
      standing = await take(step, input.roomId, () => standing)
    }
    await condition(allHandlersFinished)
    if (standing.atMs !== null && historyIsLong()) {
      return continueAsNew<typeof roomExpiry>({ roomId: input.roomId, standing })
    }
  }
}

const next = (standing: RoomEndStanding): NextStep | null => nextStep(standing, Date.now())

const historyIsLong = (): boolean => workflowInfo().continueAsNewSuggested

/** Warns or closes, and says what stands after it: a newer generation may have come meanwhile. */
async function take({ warnMs }: NextStep, roomId: string, now: () => RoomEndStanding): Promise<RoomEndStanding> {
  const { generation } = now()
  const idOf = (what: string) => `${workflowInfo().workflowId}/${generation}/${what}`
  if (warnMs !== null) {
    // Nobody is worse off without it than by a workflow that fails: the end comes all the same.
    await warnRoom({ roomId, commandId: idOf(`warn-${warnMs}`) }).catch(() => undefined)
    return afterWarning(now(), generation, warnMs)
  }
  try {
    const result = await closeRoom({ roomId, commandId: idOf('close') })
    return afterClosing(now(), generation, result, Date.now())
  } catch (failure) {
    const standing = now()
    if (standing.generation === generation && standing.atMs !== null) throw failure
    return standing
  }
}
