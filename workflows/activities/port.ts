import type { ExpireSanctionInput, ExpireSanctionResult } from '../../protocol/workflows.ts'

/** How the clocks outside reach the room, guild or service of a sanction; built by the composition root over the cluster's router and guest writer. */
export interface SanctionExpirer {
  /**
   * Ends the sanction if this generation still stands and its time has come, without waking a room that nobody owns. May be
   * called many times with one `commandId`; it takes effect once. A room that is closed carries no sanctions: `lifted` is
   * false. `clock` is who noticed, the workflow where absent. Rejects with an `AppError`: one whose code may be retried is asked again, any other fails the workflow.
   */
  expire(input: ExpireSanctionInput, clock?: 'workflow' | 'sweep'): Promise<ExpireSanctionResult>
}
