import type { ZoneCommand } from '../../protocol/zone/commands.ts'
import { cut, merge } from './decide-map.ts'
import { expire, lift, sanction, wake } from './decide-sanctions.ts'
import { players, unwatch, watch } from './decide-watch.ts'
import { close, create, update } from './decide-zone.ts'
import { answer, reject, type Rules, type ZoneDecision } from './decision.ts'
import { rankInZone } from './policy.ts'
import type { MadeZone, ZoneState } from './state.ts'
import { viewOf } from './view.ts'

/** What a command comes to in this state. */
export function decide(state: ZoneState, command: ZoneCommand, rules: Rules): ZoneDecision {
  if (command.type === 'create') return create(state, command, rules)
  const { zone } = state
  if (!zone) {
    // The engine's own: there is nothing to do and nobody to let go.
    if (command.type === 'wake' || command.type === 'unwatch') return answer(command.type, null)
    return reject('ZONE_NOT_FOUND')
  }
  const made: MadeZone = { ...state, zone }
  switch (command.type) {
    case 'view':
      return answer('view', viewOf(made))
    case 'authorize':
      return rankInZone(zone.spec.guild_id, command.by) ? answer('authorize', null) : reject('FORBIDDEN')
    case 'watch':
      return watch(made, command, rules)
    case 'unwatch':
      return unwatch(made, command, rules)
    case 'players':
      return players(made, command, rules)
    case 'wake':
      return wake(made, rules)
    case 'update':
    case 'close':
    case 'sanction':
    case 'lift':
    case 'expire':
    case 'cut':
    case 'merge':
      return zone.closedAtMs === null ? decideOpen(made, command, rules) : reject('ZONE_CLOSED')
  }
}

type OpenCommand = Exclude<
  ZoneCommand,
  { type: 'create' | 'view' | 'authorize' | 'watch' | 'unwatch' | 'players' | 'wake' }
>

/** What a zone that is closed refuses. */
function decideOpen(state: MadeZone, command: OpenCommand, rules: Rules): ZoneDecision {
  switch (command.type) {
    case 'update':
      return update(state, command, rules)
    case 'close':
      return close(state, command, rules)
    case 'sanction':
      return sanction(state, command, rules)
    case 'lift':
      return lift(state, command, rules)
    case 'expire':
      return expire(state, command, rules)
    case 'cut':
      return cut(state, command, rules)
    case 'merge':
      return merge(state, command, rules)
  }
}
