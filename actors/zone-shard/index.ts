export { shardDefinition } from './actor.ts'
export type { ShardState } from './state.ts'
