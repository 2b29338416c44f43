/*
 * Names and shapes that the workflows of raids share with the rest. Workflow definitions run in a sandbox and may import this
 * file: no imports of other modules here, and no TypeBox.
 */

/** Workflow type names. FROZEN: running workflows carry them. */
export const raidWorkflowNames = { raidOccurrence: 'raidOccurrence', raidPlanner: 'raidPlanner' } as const

/** Signal and query names. FROZEN: as above. */
export const raidMessages = { changed: 'changed', state: 'state' } as const

/** Names one occurrence. */
export interface OccurrenceRef {
  readonly raidId: string
  /** `once`, or the day of its rule. */
  readonly slot: string
}

/** One occurrence, one workflow: `raid:{raid}:{slot}`. */
export const raidWorkflowId = ({ raidId, slot }: OccurrenceRef): string => `raid:${raidId}:${slot}`
/** Beside it the schedule adds the moment it fired at. */
export const raidPlannerId = (raidId: string): string => `raid-plan:${raidId}`
export const raidScheduleId = (raidId: string): string => `raid-sched:${raidId}`

/**
 * Something about the occurrence is otherwise than it was. The row says what: a signal that comes twice, late or out of order does no
 * harm.
 */
export interface RaidChanged {
  readonly generation: number
}

export interface RaidOccurrenceInput {
  readonly ref: OccurrenceRef
  /** What an earlier run of the same workflow handed over; absent at the first start. */
  readonly told?: readonly string[]
}

export interface RaidPlannerInput {
  readonly raidId: string
}

/** What stands of an occurrence in its row. Also, with what was done, the answer to the query `state`. */
export interface OccurrencePlan {
  readonly status: 'planned' | 'opening' | 'open' | 'over' | 'cancelled' | 'missed' | 'skipped'
  /** The raid as a whole stands still: nothing is opened meanwhile. */
  readonly paused: boolean
  /** Unix ms. */
  readonly startsAtMs: number
  readonly opensAtMs: number
  readonly endsAtMs: number
  /** Behind it the room is not opened any more. Unix ms. */
  readonly missedAtMs: number
  /** Reminders go out so long before the start, ms; the longest first. */
  readonly leadsMs: readonly number[]
  readonly generation: number
  /** The generation that the room knows. */
  readonly synced: number
  /** The room may be there. */
  readonly roomMade: boolean
}

export interface OccurrenceInput {
  readonly ref: OccurrenceRef
}

export interface RemindInput extends OccurrenceInput {
  /** The start that it speaks of: one that moved is reminded of anew. Unix ms. */
  readonly startsAtMs: number
  readonly leadMs: number
}

/** Activities of raids. Each may be called any number of times and takes effect once. */
export interface RaidActivities {
  /** What stands; null when there is no such occurrence (any more). */
  readOccurrence(input: OccurrenceInput): Promise<OccurrencePlan | null>
  remindRaid(input: RemindInput): Promise<void>
  /** Makes the room, lets those in who signed up, and says that it is open. Does nothing for one that may not be opened any more. */
  openRaidRoom(input: OccurrenceInput): Promise<void>
  /** Tells the room what changed since it was told last. */
  syncRaidRoom(input: OccurrenceInput): Promise<void>
  /** Ends the occurrence at its time, and the room with it; one whose room was given more time goes on until then. */
  endRaid(input: OccurrenceInput): Promise<void>
  /** Closes the room of an occurrence that was cancelled. */
  closeRaidRoom(input: OccurrenceInput): Promise<void>
  /** Writes down that the room was not opened in time. */
  missRaid(input: OccurrenceInput): Promise<void>
  /** Writes down the occurrences that are near; all that are not over, by slot. */
  planRaid(input: RaidPlannerInput): Promise<readonly string[]>
}

/** When the schedule of a raid that repeats fires: at noon in its zone, on these days of the week (0 is Sunday). */
export interface RaidSchedule {
  readonly zone: string
  readonly firesOn: readonly number[]
  /** Behind it there is nothing to plan any more; null for no end. Unix ms. */
  readonly endsAtMs: number | null
  readonly paused: boolean
}

/** What an outbox row tells the relay of raids. */
export type RaidMessage =
  /** Starts the occurrence's workflow, or tells it that something changed. */
  | {
      readonly kind: 'raid.occurrence'
      readonly raidId: string
      readonly slot: string
      readonly generation: number
    }
  /** Brings the schedule up to date, or takes it away (null), and has the occurrences planned that are near. */
  | {
      readonly kind: 'raid.series'
      readonly raidId: string
      readonly generation: number
      readonly schedule: RaidSchedule | null
    }

/** The key of the outbox row: newer rows of one key take the place of older ones. */
export const raidMessageKey = (message: RaidMessage): string =>
  message.kind === 'raid.occurrence' ? raidWorkflowId(message) : raidScheduleId(message.raidId)
