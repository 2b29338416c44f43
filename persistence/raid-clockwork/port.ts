import type { RoomId, UserId } from '../../protocol/ids.ts'
import type { OccurrencePlan, OccurrenceRef } from '../../protocol/raids/workflow.ts'
import type { GivenRole } from '../../protocol/room/roles.ts'
import type { Occurrence, Raid, Signup } from '../raids/port.ts'

/** The roles that a room was told, by user. */
export type GivenRoles = Readonly<Record<UserId, GivenRole>>

/** An occurrence whose room is made or told something, as all of it stood at one moment. */
export interface HeldOccurrence {
  readonly raid: Raid
  readonly occurrence: Occurrence
  /** What holds for each user. Those who declined, too. */
  readonly roster: readonly Signup[]
  /** What the room was told last. */
  readonly given: GivenRoles
}

/** What players are told of an occurrence. */
export type RaidNoticeKind = 'reminder' | 'open' | 'moved' | 'cancelled'

/** One thing that those who signed up, and who made the raid, are told. */
export interface RaidNotice {
  readonly id: string
  readonly kind: RaidNoticeKind
  readonly raidId: string
  readonly slot: string
  readonly name: string
  readonly startsAtMs: number
  readonly roomId: RoomId
  readonly users: readonly UserId[]
}

/** Raids as their workflows see and move them. Each write takes effect once, however often it is made. */
export interface RaidClockwork {
  /** What stands of an occurrence; null where it has no row (any more). */
  plan(ref: OccurrenceRef): Promise<OccurrencePlan | null>
  /** Gives the occurrences that are near a row; the slots of all that are not over. Empty where the raid is over, or was never there. */
  planAhead(raidId: string, nowMs: number): Promise<readonly string[]>
  /** Marks the room as about to be made; null where it may not be opened: paused, cancelled, open already, over. */
  beginOpening(ref: OccurrenceRef): Promise<HeldOccurrence | null>
  /** The room is open and was told these roles, as of that generation of the raid. Players are told, too. */
  opened(ref: OccurrenceRef, generation: number, given: GivenRoles, nowMs: number): Promise<void>
  /** What an open room has to know; null where it is not open. */
  toSync(ref: OccurrenceRef): Promise<HeldOccurrence | null>
  synced(ref: OccurrenceRef, generation: number, given: GivenRoles): Promise<void>
  /** The occurrence came to its end, or was never opened; nothing where it has an end already. The raid goes on to the next. */
  end(ref: OccurrenceRef, status: 'over' | 'missed', nowMs: number): Promise<void>
  /** The room was given more time by somebody in it. */
  extend(ref: OccurrenceRef, endsAtMs: number): Promise<void>
  /** The room of an occurrence; null where it has no row. */
  roomOf(ref: OccurrenceRef): Promise<RoomId | null>
  /** There is no room (any more). */
  roomGone(ref: OccurrenceRef): Promise<void>
  /** Tells players, once for each start of the occurrence and lead. */
  remind(ref: OccurrenceRef, startsAtMs: number, leadMs: number): Promise<void>
  /**
   * Sends the message to their workflow again for occurrences that are behind their time, and for raids whose next occurrence should
   * have a row. How many.
   */
  requeueOverdue(nowMs: number, limit: number): Promise<number>
  /** Takes away what only served to do things once, two days later. */
  tidy(nowMs: number): Promise<void>
}

/** What gateways read of notices. */
export interface RaidNotices {
  /** The newest id; `0` where there is none. */
  newest(): Promise<string>
  /** Behind that id, in their order, at most `limit`. */
  behind(id: string, limit: number): Promise<readonly RaidNotice[]>
  /** Calls `wake` whenever there may be new ones; returns the unsubscriber. */
  listen(wake: () => void): Promise<() => Promise<void>>
}
