import type { UserId } from '../../protocol/ids.ts'
import type { ShardShown, ToGateway } from '../../protocol/zone/link-messages.ts'
import type { ZoneId, ZonePlan } from '../../protocol/zone/plan.ts'

/** What regions say of themselves. */
export interface ZoneShown {
  readonly plan: ZonePlan
  /** Of those regions that answered in time, in the order of the plan. */
  readonly shards: readonly ShardShown[]
}

/** Whom somebody has in earshot. */
export type EarshotShown = Pick<Extract<ToGateway, { type: 'earshot' }>, 'player' | 'earshot'>

/** How REST asks the regions of a zone. Each call holds the zone open; all throw what the root of the zone refuses with. */
export interface ZoneRegions {
  /** Load and borders of all regions; with `points`, where everybody is. */
  show(zoneId: ZoneId, points: boolean): Promise<ZoneShown>
  /** Null: no region that answered in time has somebody of that name. */
  earshotOf(zoneId: ZoneId, userId: UserId): Promise<EarshotShown | null>
}
