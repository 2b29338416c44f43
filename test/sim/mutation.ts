import type { ActorJournal } from '../../persistence/journal/port.ts'
import { engineParts, type BenchParts, type BenchRedis } from '../support/bench-world.ts'
import type { ManualTime } from '../support/manual-time.ts'
import type { TallyWrite } from '../support/tally-actor.ts'

/** What a cluster is made of, where one of its guards may be missing. */
export interface Mutation {
  readonly parts: BenchParts
  journal(journal: ActorJournal<TallyWrite>, world: { readonly time: ManualTime }): ActorJournal<TallyWrite>
  redis(redis: BenchRedis): BenchRedis
}

/** Made anew for each run, since some remember. */
export type MakeMutation = () => Mutation

/** The cluster as it is. */
export const intact: MakeMutation = () => ({
  parts: engineParts,
  journal: (journal) => journal,
  redis: (redis) => redis,
})
