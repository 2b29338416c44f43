import type { Clock, Logger, Timers } from '../../../protocol/ports.ts'
import type { BetweenRegions, ToRegion } from '../../../protocol/zone/link-messages.ts'

/** What every region of a node is given. */
export interface ShardDeps {
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
}

/** To another region of the zone; it may be lost. A gateway's word that came too late here is passed on as it is. */
export type ToOtherRegion = BetweenRegions | Extract<ToRegion, { type: 'changed' | 'gone' | 'placed' }>
