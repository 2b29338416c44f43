import type { ActorKey, Incarnation, ProcessId } from '../../protocol/ids.ts'

/** `tool`: an operator's program. It dials, and holds no lease. */
export type ProcessRole = 'gateway' | 'node' | 'worker' | 'relay' | 'tool'

/** What a process tells of itself with its lease. */
export interface MemberFacts {
  readonly process: ProcessId
  readonly incarnation: Incarnation
  readonly role: ProcessRole
  readonly pid: number
  /** Where it takes links from other processes; null for processes that only dial. */
  readonly address: { readonly host: string; readonly port: number } | null
  readonly adminPort: number
  /** Machine the process runs on, for anti-affinity. */
  readonly hostLabel: string
  /** Where in the world it runs; null where that was not said. */
  readonly region: string | null
  /** Highest and lowest version of the wire protocol it speaks. */
  readonly protocol: { readonly min: number; readonly max: number }
  /** Version of the placement function; only members of one version are compared with each other. */
  readonly placementVersion: number
  /** Relative capacity, 1 for a usual node. */
  readonly weight: number
  readonly startedAtMs: number
}

/** A process with a live lease. */
export interface Member extends MemberFacts {
  /**
   * `refusing`: up, but it has no time for more actors; those it owns stay. `recordless`: up, but the record does not take its
   * writes.
   */
  readonly state: 'joining' | 'up' | 'refusing' | 'recordless' | 'draining'
  /** Actors it owns, as of its last renewal. */
  readonly load: number
  /** Until its lease runs out if it is not renewed, as Redis saw it when the view was taken. */
  readonly leaseLeftMs: number
}

/** All live members at one moment. Immutable; its questions need no network. */
export interface MembershipView {
  /** Counts up with every join, leave, revoke and change of state. */
  readonly ringVersion: number
  readonly members: readonly Member[]
  get(process: ProcessId): Member | null
  /** That life of that process holds a lease. */
  isLive(process: ProcessId, incarnation: Incarnation): boolean
  /** Nodes that may own actors, up and draining ones. */
  nodes(): readonly Member[]
}

/** Fetches views. */
export interface Membership {
  /** The latest view; empty before the first fetch. */
  view(): MembershipView
  /** Fetches now. Concurrent calls share one fetch. Rejects when Redis does not answer. */
  refresh(): Promise<MembershipView>
  onChange(listener: (view: MembershipView) => void): () => void
  /**
   * Takes the lease of exactly that incarnation away and leaves a tombstone that refuses its renewals. Only for a peer
   * whose host answered ECONNREFUSED. A wrong revoke costs a failover, never safety.
   */
  revoke(process: ProcessId, incarnation: Incarnation): Promise<boolean>
}

/**
 * This process's own lease, as the rest of the process asks for it. The deadline is counted from before the renewal was
 * sent, on the monotonic clock; a process that was paused finds itself past it at its first dispatch.
 */
export interface LeaseGuard {
  /** Past its deadline a process neither answers, pushes nor appends. Compared on every dispatch and timer. */
  holds(): boolean
  /** Ms until the deadline; negative when past it. */
  leftMs(): number
}

export interface OwnerRef {
  readonly process: ProcessId
  readonly incarnation: Incarnation
  readonly epoch: number
}

/** One life of a process. */
export interface Life {
  readonly process: ProcessId
  readonly incarnation: Incarnation
}

export type ClaimResult =
  /** `from`: who had it until now; null where it was free. The claimant itself may be the one. */
  | { readonly granted: true; readonly epoch: number; readonly from: Life | null }
  | { readonly granted: false; readonly owner: OwnerRef }

/** What came of writing down again what a process owns. */
export interface Restored {
  /** How many are this process's now. */
  readonly ours: number
  /** Those that the store had forgotten. */
  readonly restored: readonly ActorKey[]
  /** Those that have a later epoch by now, and are not this process's. */
  readonly lost: readonly ActorKey[]
}

/** Who owns what, as Redis proposes it. Postgres decides (see ActorJournal.fence). All changes are compare-and-set. */
export interface Directory {
  /**
   * Takes the actor for `claimant` if nobody holds it, it was released, or its holder's lease is gone; the granted epoch is
   * max(stored, floor) + 1. The claimant's own lease must be live, else rejects.
   */
  claim(key: ActorKey, claimant: { process: ProcessId; incarnation: Incarnation }, floor: number): Promise<ClaimResult>
  /**
   * Hands the actor from exactly this owner at this epoch to the heir, under the next epoch, which is returned; null when the
   * owner is not the owner any more, or the heir holds no lease.
   */
  transfer(
    key: ActorKey,
    owner: OwnerRef,
    heir: { readonly process: ProcessId; readonly incarnation: Incarnation },
  ): Promise<number | null>
  /** Frees the actor if exactly this owner at this epoch still has it. Keeps the epoch as a floor. */
  release(key: ActorKey, owner: OwnerRef): Promise<boolean>
  /**
   * Gives exactly that claim back to the owner that the record knows of, whose own lease cannot be seen here now; its epoch is
   * written as it is, below the claim's.
   */
  yieldTo(key: ActorKey, claim: OwnerRef, owner: OwnerRef): Promise<boolean>
  /**
   * Writes down again what this process owns, after the store lost it: over rows of a lower epoch, and over none of a higher
   * one. At most 512 actors.
   */
  restore(
    owner: { readonly process: ProcessId; readonly incarnation: Incarnation },
    owned: readonly { readonly key: ActorKey; readonly epoch: number }[],
  ): Promise<Restored>
  /** Owners with a live lease; null where there is none. Same order as asked; at most 512 keys. */
  resolveMany(keys: readonly ActorKey[]): Promise<readonly (OwnerRef | null)[]>
}
