import { Appender, type AppendClient } from '../../../cluster/actor-runtime/appender.ts'
import { LeaseKeeper, leaseTimes, type LeaseKeeperDeps } from '../../../cluster/membership/lease-keeper.ts'
import type { LeaseGuard } from '../../../cluster/membership/port.ts'
import type { JournalEntry } from '../../../persistence/journal/port.ts'
import type { Incarnation, ProcessId } from '../../../protocol/ids.ts'
import type { TallyWrite } from '../../support/tally-actor.ts'
import type { Mutation } from '../mutation.ts'
import { changed } from './parts.ts'

/** Tells of the commit, and then appends. */
class HastyAppender extends Appender<TallyWrite> {
  override submit(entry: JournalEntry<TallyWrite>, client: AppendClient): void {
    super.submit(entry, { wanted: () => true, settled: () => undefined })
    queueMicrotask(() => client.settled({ outcome: 'committed' }))
  }
}

/** Counts its deadline from when the answer came. */
class LateKeeper extends LeaseKeeper {
  readonly #answers: Answers

  constructor(deps: LeaseKeeperDeps, answers: Answers) {
    super({ ...deps, store: answers.heardBy(deps) })
    this.#answers = answers
  }

  override holds(): boolean {
    return !this.#answers.isOver && this.leftMs() > 0
  }

  override leftMs(): number {
    return Math.max(this.#answers.deadlineMs, super.leftMs() + this.#answers.nowMs()) - this.#answers.nowMs()
  }
}

/** When the last good answer came. */
class Answers {
  isOver = false
  deadlineMs = Number.NEGATIVE_INFINITY
  nowMs: () => number = () => 0

  heardBy({ store, clock }: LeaseKeeperDeps): LeaseKeeperDeps['store'] {
    this.nowMs = () => clock.monotonicMs()
    return {
      hold: async (...told) => {
        const answer = await store.hold(...told)
        if (answer === 'held') this.deadlineMs = clock.monotonicMs() + leaseTimes.serveMs
        else this.isOver = true
        return answer
      },
      leave: async (...told) => {
        this.isOver = true
        return store.leave(...told)
      },
    }
  }
}

export const ackBeforeCommit = (): Mutation =>
  changed({ parts: { appender: (journal, timers) => new HastyAppender(journal, timers) } })

export const deadlineFromReply = (): Mutation =>
  changed({ parts: { leaseKeeper: (deps) => new LateKeeper(deps, new Answers()) } })

/** A process that was stopped goes on with what it finds, until its next renewal tells it better. */
export const noDeadlineCheck = (): Mutation =>
  changed({
    parts: {
      guard: (_lease, isRunning): LeaseGuard => ({ holds: isRunning, leftMs: () => Number.POSITIVE_INFINITY }),
    },
  })

/** Every life of a process has the same incarnation. */
export const incarnationReused = (): Mutation => {
  const first = new Map<ProcessId, Incarnation>()
  return changed({
    parts: {
      facts: (facts) => {
        const incarnation = first.get(facts.process) ?? facts.incarnation
        first.set(facts.process, incarnation)
        return { ...facts, incarnation }
      },
    },
  })
}

/** An append of which nobody knows is taken for done. */
export const unknownTakenForDone = (): Mutation =>
  changed({
    parts: {
      appender: (journal, timers) =>
        new Appender(
          {
            ...journal,
            append: (entries) => journal.append(entries).catch(() => entries.map(() => ({ outcome: 'committed' }))),
          },
          timers,
        ),
    },
  })

/** The actor is handed over while it still has appends under way. */
export const handOffWithoutFlush = (): Mutation =>
  changed({
    parts: {
      pausing: (host) => ({
        pause: (key) => {
          const paused = host.pause(key)
          return (
            paused && {
              epoch: paused.epoch,
              quiet: () => Promise.resolve(true),
              resume: () => paused.resume(),
              leave: (heir) => paused.leave(heir),
            }
          )
        },
      }),
    },
  })
