import type { ZoneEvent } from '../../protocol/zone/events.ts'
import { regionIdMax, regionsMax } from '../../protocol/zone/plan.ts'
import { mayCut, regionById, type Axis, regionsOf, siblingOf } from '../../protocol/zone/region-map.ts'
import type { MapReply } from '../../protocol/zone/replies.ts'
import { carriedOut, reject, type CommandOf, type Rules, type ZoneDecision } from './decision.ts'
import type { MadeZone } from './state.ts'

/*
 * What regions ask for. They name the version of the map that they decided by, so of two that ask at once the second decides anew.
 */

export function cut(state: MadeZone, { version, region: id, axis, at }: CommandOf<'cut'>, rules: Rules): ZoneDecision {
  const { map } = state.zone
  if (version !== map.version) return reject('MAP_CHANGED', { version: map.version })
  if (!regionById(map, id)) return reject('VALIDATION_FAILED', { field: 'region', problem: 'is none of the map' })
  if (regionsOf(map).length >= regionsMax) return reject('TOO_MANY_REGIONS', { limit: regionsMax })
  if (map.nextId + 1 > regionIdMax) return reject('TOO_MANY_REGIONS', { limit: regionIdMax })
  if (!mayCut(map, id, { axis, at })) return reject('VALIDATION_FAILED', { field: 'at', problem: problemOf[axis] })
  return mapped('cut', state, { type: 'region.cut', v: 1, region: id, axis, at }, rules)
}

const alongCells = 'is off the cells, or leaves a side below 160 m'
const problemOf: Readonly<Record<Axis, string>> = {
  x: alongCells,
  y: alongCells,
  lot: 'is not the next bit: an area is shared among 2, and then 4 at the most',
}

export function merge(state: MadeZone, { version, region: id }: CommandOf<'merge'>, rules: Rules): ZoneDecision {
  const { map } = state.zone
  if (version !== map.version) return reject('MAP_CHANGED', { version: map.version })
  if (!siblingOf(map, id))
    return reject('VALIDATION_FAILED', { field: 'region', problem: 'has no sibling to merge with' })
  if (map.nextId > regionIdMax) return reject('TOO_MANY_REGIONS', { limit: regionIdMax })
  return mapped('merge', state, { type: 'region.merged', v: 1, region: id }, rules)
}

function mapped(type: 'cut' | 'merge', state: MadeZone, event: ZoneEvent, rules: Rules): ZoneDecision {
  const { nextId } = state.zone.map
  return carriedOut(type, state, { events: [event] }, rules, ({ zone: { map } }): MapReply => ({
    version: map.version,
    regions: regionsOf(map).flatMap(({ id }) => (id >= nextId ? [id] : [])),
  }))
}
