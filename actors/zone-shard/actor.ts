import type { ActorDefinition } from '../../cluster/actor-runtime/definition.ts'
import type { RecordWrite } from '../../persistence/record-writes.ts'
import { decoder } from '../../protocol/codec.ts'
import { ShardCommand } from '../../protocol/zone/shard-commands.ts'
import { decide } from './decide.ts'
import { applyChange, initialState, type ShardChange, type ShardState } from './state.ts'

export type ShardDefinition = ActorDefinition<ShardState, ShardCommand, never, ShardChange, RecordWrite>

/**
 * A region of a zone as the engine places, fences and hands it over: which gateways are attached, and by which plan it goes. Its players are not
 * here but beside it. It journals nothing, so a new owner begins with nobody attached; gateways come by themselves.
 */
export const shardDefinition: ShardDefinition = {
  kind: 'shard',
  decodeCommand: decoder(ShardCommand),
  classOf: () => 'B',
  decodeEvent: () => {
    throw new TypeError('a region journals nothing')
  },
  initial: () => initialState,
  decide,
  evolve: (state) => state,
  applyChange,
  toSnapshot: () => null,
  fromSnapshot: () => initialState,
  writes: () => [],
  publish: () => null,
  welcome: () => null,
  nextWakeAtMs: () => null,
  // Nothing ever becomes due; the engine asks for a command all the same.
  wakeCommand: { type: 'detach', session_id: '00000000-0000-0000-0000-000000000000' as ShardCommand['session_id'] },
  detachCommand: (session) => ({ type: 'detach', session_id: session }),
  activatedCommand: () => null,
  mayRest: ({ gateways }) => gateways.size === 0,
  gauges: () => ({ zone_shards: 1 }),
  counts: () => [],
}
