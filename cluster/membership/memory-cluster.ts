import type { ActorKey, Incarnation, ProcessId } from '../../protocol/ids.ts'
import type { Clock, Logger, Timers } from '../../protocol/ports.ts'
import type { HoldResult, LeaseState, LeaseStore } from './lease-store.ts'
import type {
  ClaimResult,
  Directory,
  Member,
  MemberFacts,
  Membership,
  MembershipView,
  OwnerRef,
  Restored,
} from './port.ts'
import { LeaseView } from './view.ts'
import { WatchedView } from './watched-view.ts'

interface Lease {
  readonly facts: MemberFacts
  readonly now: LeaseState
  readonly endsMs: number
}

interface OwnerRow {
  readonly holder: { readonly process: ProcessId; readonly incarnation: Incarnation } | null
  readonly epoch: number
}

/** What Redis is to a cluster, in memory and on a clock of the test's own: for unit tests and the simulator. */
export class MemoryCluster implements LeaseStore, Directory {
  readonly #clock: Clock
  readonly #leases = new Map<ProcessId, Lease>()
  readonly #tombstones = new Set<Incarnation>()
  readonly #owners = new Map<ActorKey, OwnerRow>()
  #ring = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  hold(
    facts: MemberFacts,
    now: LeaseState,
    { leaseMs, takeOver }: { leaseMs: number; takeOver: boolean },
  ): Promise<HoldResult> {
    this.#clear()
    const held = this.#leases.get(facts.process)
    if (this.#tombstones.has(facts.incarnation)) return Promise.resolve('revoked')
    if (held && held.facts.incarnation !== facts.incarnation) {
      if (!takeOver) return Promise.resolve('superseded')
      this.#tombstones.add(held.facts.incarnation)
    }
    if (held?.facts.incarnation !== facts.incarnation || held.now.state !== now.state) this.#ring += 1
    this.#leases.set(facts.process, { facts, now, endsMs: this.#clock.monotonicMs() + leaseMs })
    return Promise.resolve('held')
  }

  leave(process: ProcessId, incarnation: Incarnation): Promise<boolean> {
    return Promise.resolve(this.#end(process, incarnation))
  }

  /** One step, as the script in Redis is. */
  revoke(process: ProcessId, incarnation: Incarnation): Promise<boolean> {
    const had = this.#end(process, incarnation)
    if (had) this.#tombstones.add(incarnation)
    return Promise.resolve(had)
  }

  claim(
    key: ActorKey,
    claimant: { process: ProcessId; incarnation: Incarnation },
    floor: number,
  ): Promise<ClaimResult> {
    if (!this.#isLive(claimant)) return Promise.reject(new Error(`${claimant.process} holds no lease and cannot claim`))
    const row = this.#owners.get(key) ?? { holder: null, epoch: 0 }
    const isOurs = row.holder?.process === claimant.process && row.holder.incarnation === claimant.incarnation
    if (row.holder && !isOurs && this.#isLive(row.holder)) {
      return Promise.resolve({ granted: false, owner: { ...row.holder, epoch: row.epoch } })
    }
    const epoch = Math.max(row.epoch, floor) + 1
    const { process, incarnation } = claimant
    this.#owners.set(key, { holder: { process, incarnation }, epoch })
    return Promise.resolve({ granted: true, epoch, from: row.holder })
  }

  transfer(
    key: ActorKey,
    { process, incarnation, epoch }: OwnerRef,
    heir: { readonly process: ProcessId; readonly incarnation: Incarnation },
  ): Promise<number | null> {
    const row = this.#owners.get(key)
    const isHeld = row?.holder?.process === process && row.holder.incarnation === incarnation && row.epoch === epoch
    if (!isHeld || !this.#isLive(heir)) return Promise.resolve(null)
    this.#owners.set(key, { holder: { process: heir.process, incarnation: heir.incarnation }, epoch: epoch + 1 })
    return Promise.resolve(epoch + 1)
  }

  release(key: ActorKey, { process, incarnation, epoch }: OwnerRef): Promise<boolean> {
    const row = this.#owners.get(key)
    const isHeld = row?.holder?.process === process && row.holder.incarnation === incarnation && row.epoch === epoch
    if (isHeld) this.#owners.set(key, { holder: null, epoch })
    return Promise.resolve(isHeld)
  }

  yieldTo(key: ActorKey, claim: OwnerRef, owner: OwnerRef): Promise<boolean> {
    const row = this.#owners.get(key)
    const { holder } = row ?? { holder: null }
    const stands =
      holder?.process === claim.process && holder.incarnation === claim.incarnation && row?.epoch === claim.epoch
    const { process, incarnation, epoch } = owner
    if (stands) this.#owners.set(key, { holder: { process, incarnation }, epoch })
    return Promise.resolve(stands)
  }

  restore(
    { process, incarnation }: { readonly process: ProcessId; readonly incarnation: Incarnation },
    owned: readonly { readonly key: ActorKey; readonly epoch: number }[],
  ): Promise<Restored> {
    let ours = 0
    const lost: ActorKey[] = []
    const restored: ActorKey[] = []
    for (const { key, epoch } of owned) {
      const row = this.#owners.get(key) ?? { holder: null, epoch: 0 }
      if (row.epoch < epoch || (!row.holder && row.epoch === epoch)) {
        this.#owners.set(key, { holder: { process, incarnation }, epoch })
        restored.push(key)
      }
      if (this.#owners.get(key)?.holder?.incarnation === incarnation) ours += 1
      else lost.push(key)
    }
    return Promise.resolve({ ours, restored, lost })
  }

  resolveMany(keys: readonly ActorKey[]): Promise<readonly (OwnerRef | null)[]> {
    if (keys.length > 512) return Promise.reject(new RangeError('at most 512 actors at once'))
    return Promise.resolve(
      keys.map((key) => {
        const row = this.#owners.get(key)
        return row?.holder && this.#isLive(row.holder) ? { ...row.holder, epoch: row.epoch } : null
      }),
    )
  }

  /** The members as of now. */
  view(): MembershipView {
    this.#clear()
    const nowMs = this.#clock.monotonicMs()
    const members = [...this.#leases.values()].map(({ facts, now, endsMs }): Member => ({
      ...facts,
      ...now,
      leaseLeftMs: endsMs - nowMs,
    }))
    return new LeaseView(this.#ring, members)
  }

  /** One process's view of the members, polled like Redis would be. */
  membership(timers: Timers, logger: Logger): Membership & { start(): Promise<void>; stop(): void } {
    const watch = new WatchedView(() => Promise.resolve(this.view()), { timers, logger })
    return {
      view: () => watch.current,
      refresh: () => watch.refresh(),
      onChange: (listener) => watch.onChange(listener),
      revoke: (process, incarnation) => this.revoke(process, incarnation),
      start: () => watch.start(),
      stop: () => watch.stop(),
    }
  }

  #end(process: ProcessId, incarnation: Incarnation): boolean {
    this.#clear()
    if (this.#leases.get(process)?.facts.incarnation !== incarnation) return false
    this.#leases.delete(process)
    this.#ring += 1
    return true
  }

  #isLive({ process, incarnation }: { process: ProcessId; incarnation: Incarnation }): boolean {
    this.#clear()
    return this.#leases.get(process)?.facts.incarnation === incarnation
  }

  #clear(): void {
    const nowMs = this.#clock.monotonicMs()
    for (const [process, { endsMs }] of this.#leases) {
      if (endsMs > nowMs) continue
      this.#leases.delete(process)
      this.#ring += 1
    }
  }
}
