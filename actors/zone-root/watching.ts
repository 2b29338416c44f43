import type { SessionId } from '../../protocol/ids.ts'
import { gatewaysMax } from '../../protocol/zone/plan.ts'
import { mayRaiseVolatile, versionAfter, versionIn } from './plan-version.ts'
import type { Watcher, ZoneState } from './state.ts'

/** What is known of gateways, and only while the root is in memory. */
export type ZoneChange =
  /** `epoch`: of the root, under which its plan is told. */
  | { readonly type: 'watched'; readonly session: SessionId; readonly watcher: Watcher; readonly epoch: number }
  | { readonly type: 'unwatched'; readonly session: SessionId }
  | { readonly type: 'full'; readonly isFull: boolean; readonly atMs: number; readonly epoch: number }

/** Somebody left a full zone: others hear of it so long after it became full at the soonest, ms. */
export const fullLeastMs = 1_000

export function applyChange(state: ZoneState, change: ZoneChange): ZoneState {
  const { watchers, planVersion } = state
  switch (change.type) {
    case 'watched':
      return {
        ...withWatchers(state, new Map(watchers).set(change.session, change.watcher)),
        planVersion: versionIn(change.epoch, planVersion),
      }
    case 'unwatched': {
      const left = new Map(watchers)
      left.delete(change.session)
      return withWatchers(state, left)
    }
    case 'full':
      return {
        ...state,
        isFull: change.isFull,
        fullSinceMs: change.isFull ? change.atMs : state.fullSinceMs,
        planVersion: versionAfter(change.epoch, planVersion),
      }
  }
}

function withWatchers(state: ZoneState, watchers: ZoneState['watchers']): ZoneState {
  let players = 0
  for (const watcher of watchers.values()) players += watcher.players
  return { ...state, watchers, players }
}

/** Whether the zone becomes full, or is so no more, as of that time: null for no change. */
export function fullChange(state: ZoneState, epoch: number, nowMs: number): ZoneChange | null {
  const { zone, players, isFull, planVersion } = state
  if (!zone || players >= zone.spec.players_max === isFull) return null
  if (isFull && nowMs < state.fullSinceMs + fullLeastMs) return null
  return mayRaiseVolatile(planVersion) ? { type: 'full', isFull: !isFull, atMs: nowMs, epoch } : null
}

/** When a zone that is full no more is due to say so, Unix ms; null where nothing is due. */
export const fullOverAtMs = ({ zone, isFull, players, fullSinceMs, planVersion }: ZoneState): number | null =>
  zone && isFull && players < zone.spec.players_max && mayRaiseVolatile(planVersion) ? fullSinceMs + fullLeastMs : null

/**
 * The number for a process: the one it has, unless another session has it; else one that nobody has, looked for from where the session's id says,
 * so that a new owner of the root, who does not know yet which numbers are out, hardly gives out one of them. Null where all are out.
 */
export function numberFor({ watchers }: ZoneState, session: SessionId, wanted: number | null): number | null {
  const own = watchers.get(session)?.gateway
  if (own !== undefined && (wanted === null || wanted === own)) return own
  const taken = new Set<number>()
  for (const [other, { gateway }] of watchers) if (other !== session) taken.add(gateway)
  if (wanted !== null && !taken.has(wanted)) return wanted
  const first = Number.parseInt(session.slice(-8), 16) % gatewaysMax
  for (let step = 0; step < gatewaysMax; step += 1) {
    const number = (first + step) % gatewaysMax
    if (!taken.has(number)) return number
  }
  return null
}
