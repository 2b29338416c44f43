import type { Incarnation, ProcessId } from '../../protocol/ids.ts'
import type { Logger, Random } from '../../protocol/ports.ts'
import type { Life, Member, MembershipView } from '../membership/port.ts'
import { DialError, type PeerLink, type Transport } from '../transport/port.ts'

/** What comes of detours, for metrics. */
export interface DetourObserver {
  opened(): void
  closed(): void
  /** No node that was asked had a way. */
  failed(): void
}

export interface DetoursDeps {
  readonly transport: Pick<Transport, 'dialThrough'>
  readonly random: Random
  readonly logger: Logger
  readonly observer: DetourObserver
  view(): MembershipView
  /** There is a link to that life, it runs straight, and it answers. */
  isStraight(life: Life): boolean
}

/** So many nodes are asked for a way at once: one may be cut off from the target itself. */
const askedAtOnce = 2

/** Two hand-shakes, one after the other: with the node that is asked, and through it with the target. */
const throughMs = 900

/** Targets of which it is kept who had no way to them, at the most. */
const notesMax = 256

/** Finds ways to nodes by way of others: one node between, and never two. */
export class Detours {
  readonly #deps: DetoursDeps
  /** Who had no way to a life when last asked: asked again after the others. */
  readonly #hadNone = new Map<Incarnation, Set<ProcessId>>()

  constructor(deps: DetoursDeps) {
    this.#deps = deps
  }

  /** A link to the target by way of some node other than `not`; null where no node that was asked has one. */
  async find(target: Member, not: ProcessId | null): Promise<PeerLink | null> {
    const { logger, observer } = this.#deps
    const asked = this.#candidates(target, not).slice(0, askedAtOnce)
    const link = await firstOf(asked.map((node) => this.#through(node, target)))
    if (!link) {
      if (asked.length > 0) observer.failed()
      logger.info({ peer: target.process, asked: asked.map(({ process }) => process) }, 'detour.not_found')
      return null
    }
    this.#hadNone.delete(target.incarnation)
    return link
  }

  /** Those with a link first, those that had no way last; otherwise by chance. */
  #candidates(target: Member, not: ProcessId | null): Member[] {
    const deps = this.#deps
    const hadNone = this.#hadNone.get(target.incarnation)
    const rankOf = (node: Member) =>
      (hadNone?.has(node.process) ? 4 : 0) + (deps.isStraight(node) ? 0 : 2) + deps.random.fraction()
    return deps
      .view()
      .nodes()
      .filter(({ state, process }) => state !== 'draining' && process !== target.process && process !== not)
      .map((node) => ({ node, rank: rankOf(node) }))
      .sort((a, b) => a.rank - b.rank)
      .map(({ node }) => node)
  }

  async #through(node: Member, target: Member): Promise<PeerLink | null> {
    try {
      return await this.#deps.transport.dialThrough(node, target, throughMs)
    } catch (error) {
      if (!(error instanceof DialError)) throw error
    }
    if (this.#hadNone.size >= notesMax) this.#hadNone.clear()
    const hadNone = this.#hadNone.get(target.incarnation) ?? new Set()
    this.#hadNone.set(target.incarnation, hadNone.add(node.process))
    return null
  }
}

/** The first link that comes; those that come after it are closed. Null where none comes. */
function firstOf(dials: readonly Promise<PeerLink | null>[]): Promise<PeerLink | null> {
  return new Promise((resolve) => {
    let isFound = false
    const all = dials.map(async (dial) => {
      const link = await dial
      if (link && isFound) link.close('not_needed')
      if (!link || isFound) return
      isFound = true
      resolve(link)
    })
    void Promise.all(all).then(() => resolve(null))
  })
}
