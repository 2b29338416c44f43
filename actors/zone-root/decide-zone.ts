import type { ZoneEvent } from '../../protocol/zone/events.ts'
import { problemsOf } from '../../protocol/zone/rules.ts'
import { rulesOf, withChanges } from '../../protocol/zone/spec-rules.ts'
import type { ZoneSpec } from '../../protocol/zone/spec.ts'
import { answer, carriedOut, reject, type CommandOf, type Rules, type ZoneDecision } from './decision.ts'
import { evolve, mapAfter } from './evolve.ts'
import { rankInZone } from './policy.ts'
import type { MadeZone, ZoneState } from './state.ts'
import { viewOf } from './view.ts'

/** The zone itself: made, changed, closed. */

export function create(state: ZoneState, { by, spec }: CommandOf<'create'>, { epoch, nowMs }: Rules): ZoneDecision {
  if (state.zone) return reject('ZONE_EXISTS')
  if (!rankInZone(spec.guild_id, by)) return reject('FORBIDDEN')
  const misfit = misfitOf(spec)
  if (misfit) return reject('VALIDATION_FAILED', misfit)
  const event: ZoneEvent = { type: 'zone.created', v: 1, by: by.user_id, spec }
  const { zone } = evolve(state, event, { epoch, atMs: nowMs })
  // Nobody watches what was not there.
  return zone ? { ...answer('create', viewOf({ ...state, zone })), events: [event] } : reject('ZONE_NOT_FOUND')
}

export function update(state: MadeZone, { by, changes }: CommandOf<'update'>, rules: Rules): ZoneDecision {
  const { zone } = state
  if (!rankInZone(zone.spec.guild_id, by)) return reject('FORBIDDEN')
  if (Object.keys(changes).length === 0) return answer('update', viewOf(state))
  const misfit = misfitOf(withChanges(zone.spec, changes))
  if (misfit) return reject('VALIDATION_FAILED', misfit)
  if (!mapAfter(zone, changes)) {
    return reject('VALIDATION_FAILED', { field: 'bounds', problem: 'would leave a region with a side below 160 m' })
  }
  const event: ZoneEvent = { type: 'zone.updated', v: 1, by: by.user_id, changes }
  return carriedOut('update', state, { events: [event] }, rules, viewOf)
}

export function close(state: MadeZone, { by, reason }: CommandOf<'close'>, rules: Rules): ZoneDecision {
  if (!rankInZone(state.zone.spec.guild_id, by)) return reject('FORBIDDEN')
  const event: ZoneEvent = { type: 'zone.closed', v: 1, by: by.user_id, reason }
  return carriedOut('close', state, { events: [event] }, rules, viewOf)
}

/** What of the rules does not fit together; null for nothing. Each for itself was checked when it came in. */
function misfitOf({ rules }: ZoneSpec): { readonly field: string; readonly problem: string } | null {
  const problems = problemsOf(rulesOf(rules))
  return problems.length > 0 ? { field: 'rules', problem: problems.join('; ') } : null
}
