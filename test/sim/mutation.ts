import type { ZoneDefinition } from '../../actors/zone-root/actor.ts'
import type { ResidentContext } from '../../cluster/actor-runtime/resident.ts'
import type { ActorJournal } from '../../persistence/journal/port.ts'
import type { ToRegion } from '../../protocol/zone/link-messages.ts'
import { engineParts, type BenchParts, type BenchRedis } from '../support/bench-world.ts'
import type { ManualTime } from '../support/manual-time.ts'
import type { TallyWrite } from '../support/tally-actor.ts'

/** What a cluster is made of, where one of its guards may be missing. */
export interface Mutation {
  readonly parts: BenchParts
  journal(journal: ActorJournal<TallyWrite>, world: { readonly time: ManualTime }): ActorJournal<TallyWrite>
  redis(redis: BenchRedis): BenchRedis
  /** Of a cluster that hosts a zone. Absent: as it is. */
  readonly zone?: Partial<ZoneGuards>
}

/** Where the guards of a zone are. */
export interface ZoneGuards {
  readonly root: (definition: ZoneDefinition) => ZoneDefinition
  /** What a region has of its node. */
  readonly region: (context: ResidentContext) => ResidentContext
  /** False: what a gateway would say to a region it does not say. */
  readonly says: (message: ToRegion) => boolean
}

/** Made anew for each run, since some remember. */
export type MakeMutation = () => Mutation

/** The cluster as it is. */
export const intact: MakeMutation = () => ({
  parts: engineParts,
  journal: (journal) => journal,
  redis: (redis) => redis,
})
