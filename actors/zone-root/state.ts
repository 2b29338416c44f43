import type { SessionId, UserId } from '../../protocol/ids.ts'
import type { Rank } from '../../protocol/sanctions/events.ts'
import type { ZoneId } from '../../protocol/zone/plan.ts'
import type { RegionMap } from '../../protocol/zone/region-map.ts'
import type { ZoneSpec } from '../../protocol/zone/spec.ts'
import { emptyBook, type SanctionBook, type SanctionKey } from '../sanction-book.ts'

/**
 * Sanctions in force that one zone carries at the most; above it a new one is refused with TOO_MANY_SANCTIONS. They stand in the plan, which
 * goes to each gateway and region: 100 KB at the bound, where a message between processes holds 1 MiB.
 */
export const zoneSanctionsMax = 1_000
/** Lifted sanctions whose generation is remembered one by one. */
export const liftedInZoneMax = 1_000

/** A zone that was made. Durable. */
export interface ZoneFacts {
  readonly spec: ZoneSpec
  readonly map: RegionMap
  readonly createdBy: UserId
  /** Unix ms. */
  readonly createdAtMs: number
  /** Unix ms; null while it is open. */
  readonly closedAtMs: number | null
  /** Counts up with every event of the zone. */
  readonly version: number
}

/** A gateway process that watches the zone. */
export interface Watcher {
  readonly gateway: number
  /** Players of the zone that it carries. */
  readonly players: number
}

/** A zone as its root holds it. Immutable. */
export interface ZoneState {
  readonly zoneId: ZoneId
  /** Null before it is made. */
  readonly zone: ZoneFacts | null
  readonly book: SanctionBook
  /** How high they stood who put each sanction on that is in force. */
  readonly ranks: ReadonlyMap<SanctionKey, Rank>
  /** Unix ms; infinity for none. Follows from `book`. */
  readonly soonestEndMs: number

  // What follows is lost with the memory of its node, and comes again with the gateways.

  readonly watchers: ReadonlyMap<SessionId, Watcher>
  /** The sum over the watchers. */
  readonly players: number
  readonly isFull: boolean
  /** When it became full last, Unix ms. */
  readonly fullSinceMs: number
  /** Of the plan that was told last; 0 before the first. See `plan-version.ts`. */
  readonly planVersion: number
}

/** A zone that was made. */
export type MadeZone = ZoneState & { readonly zone: ZoneFacts }

export const initialState = (zoneId: ZoneId): ZoneState => ({
  zoneId,
  zone: null,
  book: emptyBook,
  ranks: new Map(),
  soonestEndMs: Number.POSITIVE_INFINITY,
  watchers: new Map(),
  players: 0,
  isFull: false,
  fullSinceMs: 0,
  planVersion: 0,
})
