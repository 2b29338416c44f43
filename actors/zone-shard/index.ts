export { shardDefinition } from './actor.ts'
export { zoneShardResident } from './resident/index.ts'
export type { ShardState } from './state.ts'
