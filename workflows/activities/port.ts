import type { ExpireSanctionInput, ExpireSanctionResult } from '../../protocol/workflows.ts'

/** How a workflow reaches the room of a sanction; built by the composition root over the cluster's router and guest writer. */
export interface SanctionExpirer {
  /**
   * Ends the sanction if this generation still stands and its time has come, without waking a room that nobody owns. May be
   * called many times with one `commandId`; it takes effect once. A room that is closed carries no sanctions: `lifted` is
   * false. Rejects with an `AppError`: one whose code may be retried is asked again, any other fails the workflow.
   */
  expire(input: ExpireSanctionInput): Promise<ExpireSanctionResult>
}
