import type { AnyDefinition } from '../cluster/actor-runtime/definition.ts'
import type { RecordWrite } from '../persistence/record-writes.ts'
import { roomDefinition } from './room/index.ts'
import { scopeDefinition } from './sanctions/index.ts'
import { zoneDefinition } from './zone-root/index.ts'
import { shardDefinition, zoneShardResident } from './zone-shard/index.ts'

export { actorMetricTexts } from './metric-texts.ts'

export interface ActorOptions {
  /** How long a seat without a connection stays. Ms. */
  readonly joinGraceMs: number
}

/** Every kind of actor that a node of this version hosts. */
export const actorDefinitions = (options: ActorOptions): readonly AnyDefinition<RecordWrite>[] => [
  roomDefinition(options),
  scopeDefinition,
  zoneDefinition,
  shardDefinition,
]

/** What lives beside the actors of those kinds that have more to do than commands. */
export const residentKinds = (
  deps: Parameters<typeof zoneShardResident>[0],
): ReadonlyMap<string, ReturnType<typeof zoneShardResident>> =>
  new Map([[shardDefinition.kind, zoneShardResident(deps)]])
