import type { ActorJournal } from '../../../persistence/journal/port.ts'
import { engineParts, type BenchRedis } from '../../support/bench-world.ts'
import type { TallyWrite } from '../../support/tally-actor.ts'
import type { Mutation } from '../mutation.ts'
import { methodsOf } from '../watching.ts'

type Journal = ActorJournal<TallyWrite>

/** The engine with some of its parts, or what it stands on, put in the place of the right ones. */
export const changed = (change: {
  readonly parts?: Partial<Mutation['parts']>
  readonly journal?: (journal: Journal, world: Parameters<Mutation['journal']>[1]) => Partial<Journal>
  readonly redis?: (redis: BenchRedis) => Partial<BenchRedis>
}): Mutation => ({
  parts: { ...engineParts, ...change.parts },
  journal: (journal, world) => ({ ...methodsOfJournal(journal), ...change.journal?.(journal, world) }),
  redis: (redis) => ({ ...methodsOf(redis), ...change.redis?.(redis) }),
})

const methodsOfJournal = (journal: Journal): Journal => ({
  fence: (...told) => journal.fence(...told),
  append: (entries) => journal.append(entries),
  saveSnapshot: (...told) => journal.saveSnapshot(...told),
  load: (key) => journal.load(key),
  epochOf: (key) => journal.epochOf(key),
  guestAppend: (...told) => journal.guestAppend(...told),
})
