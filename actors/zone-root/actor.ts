import type { ActorDefinition } from '../../cluster/actor-runtime/definition.ts'
import type { RecordWrite } from '../../persistence/record-writes.ts'
import { decoder } from '../../protocol/codec.ts'
import { idOf } from '../../protocol/ids.ts'
import { ZoneCommand } from '../../protocol/zone/commands.ts'
import { ZoneEvent } from '../../protocol/zone/events.ts'
import type { ZoneId } from '../../protocol/zone/plan.ts'
import { regionsOf } from '../../protocol/zone/region-map.ts'
import { decide } from './decide.ts'
import { evolve } from './evolve.ts'
import { planOf } from './plan.ts'
import { recordOf } from './record.ts'
import { fromSnapshot, toSnapshot } from './snapshot.ts'
import { initialState, type ZoneState } from './state.ts'
import { applyChange, fullOverAtMs, type ZoneChange } from './watching.ts'

export type ZoneDefinition = ActorDefinition<ZoneState, ZoneCommand, ZoneEvent, ZoneChange, RecordWrite>

const volatile = new Set<unknown>(['authorize', 'view', 'watch', 'unwatch', 'players'])

/**
 * The root of a zone, as the engine runs it. Gateways subscribe; what they are told is the whole plan, pushed with whatever changed it, so there are
 * no events to publish beside it.
 */
export const zoneDefinition: ZoneDefinition = {
  kind: 'zone',
  decodeCommand: decoder(ZoneCommand),
  classOf: (raw) => (typeof raw === 'object' && raw !== null && 'type' in raw && volatile.has(raw.type) ? 'B' : 'A'),
  decodeEvent: decoder(ZoneEvent),
  initial: (key) => initialState(idOf(key) as ZoneId),
  decide,
  evolve,
  applyChange,
  toSnapshot,
  fromSnapshot: (key, raw) => fromSnapshot(idOf(key) as ZoneId, raw),
  writes: (event, after, { atMs }) => recordOf(event, after, atMs),
  publish: () => null,
  welcome: (state) => (state.zone ? planOf({ ...state, zone: state.zone }) : null),
  nextWakeAtMs,
  wakeCommand: { type: 'wake' },
  detachCommand: (session) => ({ type: 'unwatch', session_id: session }),
  activatedCommand: () => null,
  // Out of memory a deadline is kept by its workflow and by the sweep.
  mayRest: ({ watchers }) => watchers.size === 0,
  gauges: ({ zone, watchers }) =>
    zone?.closedAtMs === null
      ? { zones: 1, zone_regions: regionsOf(zone.map).length, zone_watchers: watchers.size }
      : {},
  counts: (event) => counted[event.type],
}

const counted: Readonly<Record<ZoneEvent['type'], readonly string[]>> = {
  'zone.created': ['zones_created'],
  'zone.updated': [],
  'zone.closed': [],
  'region.cut': ['region_cuts'],
  'region.merged': ['region_mergers'],
  'sanction.applied': ['zone_sanctions_applied'],
  'sanction.lifted': [],
}

function nextWakeAtMs(state: ZoneState): number | null {
  const isOpen = state.zone?.closedAtMs === null
  const soonest = Math.min(fullOverAtMs(state) ?? Infinity, isOpen ? state.soonestEndMs : Infinity)
  return soonest === Number.POSITIVE_INFINITY ? null : soonest
}
