import type { RetentionStep } from '../../protocol/workflows.ts'

/** For how many whole days rows are kept at least. */
export interface RetentionDays {
  /** Entries of the journal behind which a snapshot stands. */
  readonly journalDays: number
  /** What is over of a room: seats that were given up, invites, roles of closed rooms. A room may say otherwise: `settings.retention_days`. */
  readonly roomDays: number
}

/** Takes away what has been kept for long enough. */
export interface RetainedRecords {
  /**
   * One piece of a step, in a transaction of its own: at most some thousand rows. `done`: nothing was left of it. Many may be at it at once;
   * rows that another one is at are left to it.
   */
  removeNext(step: RetentionStep): Promise<{ readonly removed: number; readonly done: boolean }>
}
