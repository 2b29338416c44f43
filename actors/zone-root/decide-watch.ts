import { answer, carriedOut, reject, type CommandOf, type Rules, type ZoneDecision } from './decision.ts'
import { planOf } from './plan.ts'
import type { MadeZone } from './state.ts'
import { numberFor } from './watching.ts'

/** Gateways that watch the zone. A closed zone is watched as well: its plan says that it is closed. */

export function watch(
  state: MadeZone,
  { session_id: session, gateway: wanted, players }: CommandOf<'watch'>,
  rules: Rules,
): ZoneDecision {
  const gateway = numberFor(state, session, wanted)
  if (gateway === null) return reject('OVERLOADED')
  const change = { type: 'watched', session, watcher: { gateway, players }, epoch: rules.epoch } as const
  return carriedOut('watch', state, { changes: [change] }, rules, (after) => ({ gateway, plan: planOf(after) }))
}

export function unwatch(state: MadeZone, { session_id: session }: CommandOf<'unwatch'>, rules: Rules): ZoneDecision {
  if (!state.watchers.has(session)) return answer('unwatch', null)
  return carriedOut('unwatch', state, { changes: [{ type: 'unwatched', session }] }, rules, () => null)
}

/** Of a process that does not watch, nothing is kept: its watch, which is on its way, says the same. */
export function players(
  state: MadeZone,
  { session_id: session, players: count }: CommandOf<'players'>,
  rules: Rules,
): ZoneDecision {
  const watcher = state.watchers.get(session)
  if (!watcher || watcher.players === count) return answer('players', null)
  const change = { type: 'watched', session, watcher: { ...watcher, players: count }, epoch: rules.epoch } as const
  return carriedOut('players', state, { changes: [change] }, rules, () => null)
}
