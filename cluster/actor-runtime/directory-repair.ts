import type { ActorKey } from '../../protocol/ids.ts'
import type { Cancel, Clock, Logger, Timers } from '../../protocol/ports.ts'
import type { Directory, MemberFacts, Membership } from '../membership/port.ts'
import { tellOwnership } from './ownership.ts'

/** Actors that are written down in one step. */
const atOnce = 256
/** Actors that came lately are written down again so often, ms. */
const everyMs = 2_000
/** So long ago at the most, ms: more than a replica of the store is ever behind. */
const latelyMs = 8_000

export interface DirectoryRepairDeps {
  readonly self: Pick<MemberFacts, 'process' | 'incarnation'>
  readonly directory: Pick<Directory, 'restore'>
  /** What the node owns, and since when, monotonic ms. */
  readonly owned: () => Iterable<{ readonly key: ActorKey; readonly epoch: number; readonly sinceMs: number }>
  /** The actor went to somebody else, of whom the node knew nothing: it is to go from memory under that epoch. */
  readonly lost: (key: ActorKey, epoch: number) => void
  readonly clock: Clock
  readonly timers: Timers
  readonly logger: Logger
}

/**
 * Has the directory know what this node owns, whatever the store forgot. A store that comes back empty, or older, shows by its
 * ring version, and all is written down again; a replica that takes over and lacks the last seconds may not show, so what came
 * in those is written down again in any case. Without it a living owner would lose its actor to whoever claims it next; and one
 * that has lost it already would serve an old state to those who still ask it, until it appends.
 */
export class DirectoryRepair {
  readonly #deps: DirectoryRepairDeps

  constructor(deps: DirectoryRepairDeps) {
    this.#deps = deps
  }

  /** From now on, until the answer is called. */
  watch(membership: Pick<Membership, 'onChange'>): Cancel {
    let ringVersion = 0
    const unwatch = membership.onChange((view) => {
      // It only ever rises, but where the store came back without what it knew.
      if (view.ringVersion < ringVersion) {
        this.#deps.logger.warn({ from: ringVersion, to: view.ringVersion }, 'redis.lost_its_memory')
        this.#try(() => this.all())
      }
      ringVersion = view.ringVersion
    })
    const cancel = this.#deps.timers.every(everyMs, () => this.#try(() => this.#late()))
    return () => {
      unwatch()
      cancel()
    }
  }

  /** Rejects when the store does not answer. */
  async all(): Promise<void> {
    await this.#write([...this.#deps.owned()])
  }

  async #late(): Promise<void> {
    const fromMs = this.#deps.clock.monotonicMs() - latelyMs
    await this.#write([...this.#deps.owned()].filter(({ sinceMs }) => sinceMs >= fromMs))
  }

  async #write(owned: { readonly key: ActorKey; readonly epoch: number }[]): Promise<void> {
    const { self, directory, logger } = this.#deps
    while (owned.length > 0) {
      const some = owned.splice(0, atOnce)
      const told = await directory.restore(self, some)
      const [restored, lost] = [new Set(told.restored), new Set(told.lost)]
      for (const { key, epoch } of some.filter((one) => lost.has(one.key))) this.#deps.lost(key, epoch)
      for (const { key, epoch } of some.filter((one) => restored.has(one.key))) {
        const by = { from: null, to: self.process }
        tellOwnership(logger, { change: 'restored', cause: 'directory_forgot', key, epoch, ...by })
      }
    }
  }

  #try(write: () => Promise<void>): void {
    write().catch((err: unknown) => this.#deps.logger.warn({ err }, 'directory.not_restored'))
  }
}
