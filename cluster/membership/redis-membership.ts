import type { RedisClient } from './redis-connection.ts'
import type { Incarnation, ProcessId } from '../../protocol/ids.ts'
import type { Clock } from '../../protocol/ports.ts'
import { LuaScript } from './lua-script.ts'
import type { Member, MemberFacts, Membership, MembershipView } from './port.ts'
import type { RedisKeys } from './redis-keys.ts'
import { LeaseView } from './view.ts'
import { WatchedView, type WatchDeps } from './watched-view.ts'

/** Tombstones outlive every lease and every pause from which a process could still come back. */
export const tombstoneMs = 3_600_000

/** Loads and lease times in a view are at most so old, ms, even when nobody joined or left. */
const wholeEveryMs = 1_000

const scripts = { view: new LuaScript('view'), leave: new LuaScript('leave') }

export interface RedisMembershipDeps extends WatchDeps {
  readonly redis: RedisClient
  readonly keys: RedisKeys
  readonly clock: Clock
}

/** The members as Redis has them. */
export class RedisMembership implements Membership {
  readonly #deps: RedisMembershipDeps
  readonly #watch: WatchedView
  #wholeAtMs = Number.NEGATIVE_INFINITY

  constructor(deps: RedisMembershipDeps) {
    this.#deps = deps
    this.#watch = new WatchedView((known) => this.#fetch(known), deps)
  }

  start(): Promise<void> {
    return this.#watch.start()
  }

  stop(): void {
    this.#watch.stop()
  }

  view(): MembershipView {
    return this.#watch.current
  }

  refresh(): Promise<MembershipView> {
    return this.#watch.refresh()
  }

  onChange(listener: (view: MembershipView) => void): () => void {
    return this.#watch.onChange(listener)
  }

  async revoke(process: ProcessId, incarnation: Incarnation): Promise<boolean> {
    const { redis, keys } = this.#deps
    const places = [keys.members, keys.node(process), keys.tombstone(incarnation), keys.ring]
    return (await scripts.leave.run(redis, places, [process, incarnation, tombstoneMs])) === 1
  }

  async #fetch(known: MembershipView): Promise<MembershipView> {
    const { redis, keys, clock } = this.#deps
    const nowMs = clock.monotonicMs()
    const isWholeDue = nowMs - this.#wholeAtMs >= wholeEveryMs
    const knownVersion = isWholeDue ? '' : String(known.ringVersion)
    const answer = await scripts.view.run(redis, [keys.members, keys.ring, keys.nodes], [knownVersion])
    const [version, complete, ...leases] = answer as [string, number, ...LeaseRow[]]
    if (complete === 0) return known
    this.#wholeAtMs = nowMs
    return new LeaseView(Number(version), leases.map(memberOf))
  }
}

type LeaseRow = readonly [process: string, life: string, facts: string, state: string, load: string, leftMs: string]

// Redis holds what our own processes wrote: it is taken as it is.
function memberOf([, , facts, state, load, leftMs]: LeaseRow): Member {
  // A build that knew no regions names none.
  const told = JSON.parse(facts) as MemberFacts & Partial<Pick<MemberFacts, 'region'>>
  return {
    ...told,
    region: told.region ?? null,
    state: state as Member['state'],
    load: Number(load),
    leaseLeftMs: Number(leftMs),
  }
}
