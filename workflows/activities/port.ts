import type { EndClock } from '../../protocol/room/values.ts'
import type {
  CloseRoomInput,
  CloseRoomResult,
  ComparePageInput,
  ComparePageResult,
  ErasePersonInput,
  ExpireInviteInput,
  ExpireInviteResult,
  ExpireSanctionInput,
  ExpireSanctionResult,
  ReconcileTotals,
  RetentionStep,
  RetentionTotals,
} from '../../protocol/workflows.ts'

/** How the clocks outside reach the room, guild or service of a sanction; built by the composition root over the cluster's router and guest writer. */
export interface SanctionExpirer {
  /**
   * Ends the sanction if this generation still stands and its time has come, without waking a room that nobody owns. May be
   * called many times with one `commandId`; it takes effect once. A room that is closed carries no sanctions: `lifted` is
   * false. `clock` is who noticed, the workflow where absent. Rejects with an `AppError`: one whose code may be retried is asked again, any other fails the workflow.
   */
  expire(input: ExpireSanctionInput, clock?: 'workflow' | 'sweep'): Promise<ExpireSanctionResult>
}

/** How a workflow reaches a room whose end has come; as above. */
export interface RoomExpirer {
  /** Closes the room if its end has come by its own state and clock, without waking one that nobody owns. One that is closed: `closed` false. */
  close(input: CloseRoomInput): Promise<CloseRoomResult>
  /** Has the room warn those in it, once, where its warning is due. A room that nobody has in memory has nobody in it to warn. */
  warn(input: CloseRoomInput): Promise<void>
}

/** How a clock reaches the room of an invite; as above. */
export interface InviteExpirer {
  /** Ends the invite if its time has come and nothing else ended it. A closed room has none: `expired` is false. */
  expire(input: ExpireInviteInput, clock?: EndClock): Promise<ExpireInviteResult>
}

/** Compares the record with the workflows, a page at a time. */
export interface Comparer {
  compareRecord(input: ComparePageInput): Promise<ComparePageResult>
  compareWorkflows(input: ComparePageInput): Promise<ComparePageResult>
  done(totals: ReconcileTotals): Promise<void>
}

/** Takes people out of the record. */
export interface PersonErasing {
  /** One piece. Their seats are ended first: a room that has somebody in it would write them down anew. */
  eraseNext(input: ErasePersonInput): Promise<{ readonly done: boolean }>
}

/** Takes away what has been kept for long enough. */
export interface Retaining {
  /** One piece of a step; `done`: nothing was left of it. */
  removeNext(step: RetentionStep): Promise<{ readonly removed: number; readonly done: boolean }>
  done(totals: RetentionTotals): Promise<void>
}
