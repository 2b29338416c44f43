import type { ZoneId } from '../../protocol/zone/plan.ts'
import type { ZoneView } from '../../protocol/zone/view.ts'

/** What of the zones is wanted; absent is any. */
export interface ZoneFilter {
  readonly guildId?: string
  readonly status?: ZoneView['status']
}

export interface ZonePage {
  readonly zones: readonly ZoneView[]
  /** Hand it back for the next page; null on the last. Opaque. */
  readonly nextCursor: string | null
}

/** Reading the record of zones. Written only through the journal. */
export interface ZoneRecords {
  /**
   * Newest first. `limit` 1-100. A cursor that is not ours throws VALIDATION_FAILED. Zones that are made meanwhile move no page.
   */
  list(filter: ZoneFilter, limit: number, cursor: string | null): Promise<ZonePage>
  /** Null where there is none. */
  get(zoneId: ZoneId): Promise<ZoneView | null>
}
