import type { AnyDefinition } from '../../cluster/actor-runtime/definition.ts'
import type { MemberFacts } from '../../cluster/membership/port.ts'
import type { ActorJournal, JournalEntry } from '../../persistence/journal/port.ts'
import type { ActorKey } from '../../protocol/ids.ts'
import type { BenchRedis } from '../support/bench-world.ts'
import type { TallyWrite } from '../support/tally-actor.ts'
import type { Oracle } from './oracle.ts'

/** The journal, with the oracle told of every epoch and every entry at the moment Postgres has it. */
export function watchedJournal(journal: ActorJournal<TallyWrite>, oracle: Oracle): ActorJournal<TallyWrite> {
  return {
    fence: async (key, epoch, claimant, handed) => {
      const fence = await journal.fence(key, epoch, claimant, handed)
      if (fence.granted) oracle.granted(key, epoch, claimant.incarnation)
      return fence
    },
    load: (key) => journal.load(key),
    epochOf: (key) => journal.epochOf(key),
    saveSnapshot: (...told) => journal.saveSnapshot(...told),
    append: async (entries) => {
      const outcomes = await journal.append(entries)
      for (const [index, entry] of entries.entries()) {
        if (outcomes[index]?.outcome === 'committed') oracle.committed(entry)
      }
      return outcomes
    },
    guestAppend: async (key, claimant, decide) => {
      const made: (JournalEntry<TallyWrite> | null)[] = []
      const outcome = await journal.guestAppend(key, claimant, (...told) => {
        const entry = decide(...told)
        made.push(entry)
        return entry
      })
      for (const entry of made) {
        if (!entry || outcome.outcome !== 'committed') continue
        oracle.granted(key, entry.epoch, claimant.incarnation, claimant.process === bluntGuest)
        oracle.committed(entry)
      }
      return outcome
    },
  }
}

/** Writes without asking whether anybody owns the actor. */
export const bluntGuest = 'worker-2'

/** Redis, with the oracle told of lives that are taken for dead and are not. */
export function watchedRedis(redis: BenchRedis, oracle: Oracle, isAlive: (process: string) => boolean): BenchRedis {
  return {
    ...methodsOf(redis),
    revoke: async (process, incarnation) => {
      const had = await redis.revoke(process, incarnation)
      if (had && isAlive(process)) oracle.wronglyRevoked(incarnation)
      return had
    },
  }
}

/** What a node runs, with the oracle told of each decision. */
export function watchedDefinition(
  definition: AnyDefinition<TallyWrite>,
  { incarnation }: MemberFacts,
  epochOf: (key: ActorKey) => number,
  oracle: Oracle,
): AnyDefinition<TallyWrite> {
  return {
    ...definition,
    decide: (...told) => {
      const [, , { key }] = told
      oracle.decided(key, epochOf(key), incarnation)
      return definition.decide(...told)
    },
  }
}

/** The methods of Redis, free of their object. */
export const methodsOf = (redis: BenchRedis): BenchRedis => ({
  hold: (...said) => redis.hold(...said),
  leave: (...said) => redis.leave(...said),
  revoke: (...said) => redis.revoke(...said),
  claim: (...said) => redis.claim(...said),
  transfer: (...said) => redis.transfer(...said),
  release: (...said) => redis.release(...said),
  yieldTo: (...said) => redis.yieldTo(...said),
  restore: (...said) => redis.restore(...said),
  resolveMany: (keys) => redis.resolveMany(keys),
  view: () => redis.view(),
})
