import type { ActorDefinition } from '../../cluster/actor-runtime/definition.ts'
import type { RecordWrite } from '../../persistence/record-writes.ts'
import { decoder } from '../../protocol/codec.ts'
import { ScopeCommand } from '../../protocol/sanctions/commands.ts'
import { ScopeEvent } from '../../protocol/sanctions/events.ts'
import { scopeOfKey } from '../../protocol/sanctions/scope.ts'
import { decide } from './decide.ts'
import { evolve } from './evolve.ts'
import { recordOf } from './record.ts'
import { fromSnapshot, toSnapshot } from './snapshot.ts'
import { initialState, nextEndMs, type ScopeState } from './state.ts'
import { webhookOf } from './webhooks.ts'

export type ScopeDefinition = ActorDefinition<ScopeState, ScopeCommand, ScopeEvent, never, RecordWrite>

/**
 * The sanctions of a guild or of the whole service, as the engine runs them. Nobody subscribes: rooms learn of them by the record, where
 * each change leaves word in its own transaction.
 */
export const scopeDefinition: ScopeDefinition = {
  kind: 'sanctions',
  decodeCommand: decoder(ScopeCommand),
  classOf: (raw) => (typeof raw === 'object' && raw !== null && 'type' in raw && raw.type === 'authorize' ? 'B' : 'A'),
  decodeEvent: decoder(ScopeEvent),
  initial: (key) => initialState(scopeOfKey(key)),
  decide: (state, command, { nowMs }) => decide(state, command, nowMs),
  evolve,
  applyChange: (state) => state,
  toSnapshot,
  fromSnapshot: (key, raw) => fromSnapshot(scopeOfKey(key), raw),
  writes: (event, after, at) => [...recordOf(event, after, at.atMs), webhookOf(event, after, at)],
  publish: () => null,
  welcome: () => null,
  nextWakeAtMs: nextEndMs,
  wakeCommand: { type: 'wake' },
  detachCommand: () => ({ type: 'wake' }),
  activatedCommand: () => null,
  // Out of memory a deadline is kept by its workflow and by the sweep.
  mayRest: () => true,
  gauges: (state) => ({ wider_sanctions: state.size }),
  counts: (event) => (event.type === 'sanction.applied' ? ['wider_sanctions_applied'] : []),
}
