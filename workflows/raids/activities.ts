import type { GivenRoles, HeldOccurrence, RaidClockwork } from '../../persistence/raid-clockwork/port.ts'
import { AppError } from '../../protocol/errors.ts'
import { commandId, type UserId } from '../../protocol/ids.ts'
import type { Clock } from '../../protocol/ports.ts'
import {
  raidWorkflowId,
  type OccurrenceInput,
  type OccurrenceRef,
  type RaidActivities,
  type RaidPlannerInput,
  type RemindInput,
} from '../../protocol/raids/workflow.ts'
import { activityFailure } from '../activities/failures.ts'
import { inLanes } from '../lanes.ts'
import type { RaidRooms } from './port.ts'
import { changesOf, rolesOf, specOf } from './room-of-raid.ts'

export interface RaidActivityDeps {
  readonly book: RaidClockwork
  readonly rooms: RaidRooms
  readonly clock: Clock
}

/** Roles told to one room at once. */
const rolesAtOnce = 8
/** A room whose clock lags behind is not asked again sooner, ms. */
const askAgainMs = 250

/** What workflows of raids do, by the names that they call it. */
export function createRaidActivities({ book, rooms, clock }: RaidActivityDeps): RaidActivities {
  /** Tells the room which roles changed since it was told last. */
  async function tellRoles(held: HeldOccurrence): Promise<GivenRoles> {
    const wanted = rolesOf(held)
    const users = [...new Set([...Object.keys(wanted), ...Object.keys(held.given)])] as UserId[]
    const changed = users.filter((user) => (wanted[user] ?? null) !== (held.given[user] ?? null))
    await inLanes(changed, rolesAtOnce, (user) =>
      rooms.setRole(held.occurrence.roomId, user, wanted[user] ?? null, stepId(held, `role:${user}`)),
    )
    return wanted
  }

  return {
    readOccurrence: guarded(({ ref }: OccurrenceInput) => book.plan(ref)),
    remindRaid: guarded(({ ref, startsAtMs, leadMs }: RemindInput) => book.remind(ref, startsAtMs, leadMs)),
    openRaidRoom: guarded(async ({ ref }: OccurrenceInput) => {
      const held = await book.beginOpening(ref)
      // Its end is near or past: the workflow's next look finds that out.
      if (!held || held.occurrence.endsAtMs <= clock.wallMs()) return
      const made = await unlessClosed(() => rooms.create(held.occurrence.roomId, specOf(held), firstId(ref, 'create')))
      if (!made) return book.end(ref, 'over', clock.wallMs())
      const given = await unlessClosed(() => tellRoles(held))
      if (!given) return book.end(ref, 'over', clock.wallMs())
      await book.opened(ref, held.raid.generation, given.value, clock.wallMs())
    }),
    syncRaidRoom: guarded(async ({ ref }: OccurrenceInput) => {
      const held = await book.toSync(ref)
      if (!held) return
      const told = await unlessClosed(async () => {
        await rooms.update(held.occurrence.roomId, changesOf(held), stepId(held, 'update'))
        return tellRoles(held)
      })
      if (!told) return book.end(ref, 'over', clock.wallMs())
      await book.synced(ref, held.raid.generation, told.value)
    }),
    endRaid: guarded(async ({ ref }: OccurrenceInput) => {
      const held = await book.toSync(ref)
      if (!held) return
      const { occurrence } = held
      const id = commandId(raidWorkflowId(ref), `end:${occurrence.endsAtMs}:${clock.wallMs()}`)
      const { closed, notBeforeMs } = await rooms.expire(occurrence.roomId, id)
      if (closed || notBeforeMs === null) return book.end(ref, 'over', clock.wallMs())
      await book.extend(ref, Math.max(notBeforeMs, clock.wallMs() + askAgainMs))
    }),
    closeRaidRoom: guarded(async ({ ref }: OccurrenceInput) => {
      const roomId = await book.roomOf(ref)
      if (roomId !== null) await rooms.close(roomId, 'The raid was cancelled.', firstId(ref, 'close'))
      await book.roomGone(ref)
    }),
    missRaid: guarded(({ ref }: OccurrenceInput) => book.end(ref, 'missed', clock.wallMs())),
    planRaid: guarded(({ raidId }: RaidPlannerInput) => book.planAhead(raidId, clock.wallMs())),
  }
}

/** The same whenever the step is tried: what is done at most once in the life of an occurrence. */
const firstId = (ref: OccurrenceRef, step: string) => commandId(raidWorkflowId(ref), step)
/** The same whenever the step is tried for this generation of the raid. */
const stepId = ({ raid, occurrence }: HeldOccurrence, step: string) =>
  commandId(raidWorkflowId({ raidId: raid.raidId, slot: occurrence.slot }), `${raid.generation}:${step}`)

/** Null where the room is closed: somebody in it ended the raid before its time. */
async function unlessClosed<Value>(act: () => Promise<Value>): Promise<{ readonly value: Value } | null> {
  try {
    return { value: await act() }
  } catch (error) {
    if (error instanceof AppError && error.code === 'ROOM_CLOSED') return null
    throw error
  }
}

/** Temporal is told of a failure whether to try again. */
const guarded =
  <Input, Output>(act: (input: Input) => Promise<Output>) =>
  async (input: Input): Promise<Output> => {
    try {
      return await act(input)
    } catch (error) {
      throw activityFailure(error)
    }
  }
