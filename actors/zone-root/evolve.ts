import type { EventContext } from '../../cluster/actor-runtime/definition.ts'
import type { ScopeEvent } from '../../protocol/sanctions/events.ts'
import type { ZoneEvent } from '../../protocol/zone/events.ts'
import { regionIdMax } from '../../protocol/zone/plan.ts'
import {
  cutRegion,
  mergeRegion,
  resizeMap,
  wholeZone,
  type Rect,
  type RegionMap,
} from '../../protocol/zone/region-map.ts'
import type { ZoneBounds, ZoneChanges } from '../../protocol/zone/spec.ts'
import { withChanges } from '../../protocol/zone/spec-rules.ts'
import { sanctionKey, soonestEndMs, withApplied, withLifted } from '../sanction-book.ts'
import { versionAfter } from './plan-version.ts'
import { liftedInZoneMax, type MadeZone, type ZoneFacts, type ZoneState } from './state.ts'

/** Where, and when, an event happened, as far as it matters. */
export type At = Pick<EventContext, 'epoch' | 'atMs'>

/** Applies a journaled fact. Never refuses: what does not fit the state, which no root has written, leaves it as it is. */
export function evolve(state: ZoneState, event: ZoneEvent, at: At): ZoneState {
  const after = event.type === 'zone.created' ? created(state, event, at) : changed(state, event, at)
  if (after === state || !after.zone) return state
  const { zone } = after
  return {
    ...after,
    zone: { ...zone, version: zone.version + 1 },
    planVersion: versionAfter(at.epoch, state.planVersion),
  }
}

/** The area of a zone of that size. */
export const wholeOf = ({ width_m: right, height_m: top }: ZoneBounds): Rect => ({ left: 0, bottom: 0, right, top })

function created(
  state: ZoneState,
  { by, spec }: Extract<ZoneEvent, { type: 'zone.created' }>,
  { atMs }: At,
): ZoneState {
  if (state.zone) return state
  const map = wholeZone(wholeOf(spec.bounds))
  return { ...state, zone: { spec, map, createdBy: by, createdAtMs: atMs, closedAtMs: null, version: 0 } }
}

function changed(state: ZoneState, event: Exclude<ZoneEvent, { type: 'zone.created' }>, { atMs }: At): ZoneState {
  const { zone } = state
  if (!zone) return state
  switch (event.type) {
    case 'zone.updated': {
      const map = mapAfter(zone, event.changes)
      return map ? { ...state, zone: { ...zone, map, spec: withChanges(zone.spec, event.changes) } } : state
    }
    case 'zone.closed':
      return { ...state, zone: { ...zone, closedAtMs: atMs } }
    case 'region.cut':
      return { ...state, zone: { ...zone, map: cutRegion(zone.map, event.region, event) } }
    case 'region.merged':
      return { ...state, zone: { ...zone, map: mergeRegion(zone.map, event.region) } }
    case 'sanction.applied':
    case 'sanction.lifted':
      return sanctioned({ ...state, zone }, event)
  }
}

/** The map behind those changes; null where there is none without a region that is too narrow, or without ids that regions do not have. */
export function mapAfter({ map, spec }: ZoneFacts, { bounds }: ZoneChanges): RegionMap | null {
  const isSame = !bounds || (bounds.width_m === spec.bounds.width_m && bounds.height_m === spec.bounds.height_m)
  const resized = isSame ? map : resizeMap(map, wholeOf(bounds))
  return resized && resized.nextId <= regionIdMax + 1 ? resized : null
}

function sanctioned(state: MadeZone, event: ScopeEvent): ZoneState {
  const key = sanctionKey(event.kind, event.user_id)
  const ranks = new Map(state.ranks)
  if (event.type === 'sanction.applied') {
    const book = withApplied(state.book, event)
    return { ...state, book, ranks: ranks.set(key, event.rank), soonestEndMs: soonestEndMs(book) }
  }
  const book = withLifted(state.book, event, liftedInZoneMax)
  if (book === state.book) return state
  ranks.delete(key)
  return { ...state, book, ranks, soonestEndMs: soonestEndMs(book) }
}
