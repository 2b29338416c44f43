import type { ActorKey } from '../../protocol/ids.ts'
import type { Member, MembershipView } from '../membership/port.ts'

/** A node on an actor's preference list, and why it would be passed over. */
export interface Preference {
  readonly member: Member
  readonly skipped: 'draining' | 'joining' | 'refusing' | 'recordless' | 'over_bound' | 'other_placement_version' | null
}

/** What an actor wants of its place beside room on it. Wishes order a list, and close nobody out. */
export interface Wishes {
  /** Nodes of this region come first, and carry the load of its actors among themselves. */
  readonly region?: string | null
  /** Nodes on this machine come last of their region: something there failed just now, or is about to go. */
  readonly notOnHost?: string | null
}

/** Proposes owners for actors that have none. Pure: the same view and wishes give the same answer in every process. */
export interface Placement {
  /** The whole list, best first. */
  preferences(key: ActorKey, view: MembershipView, wishes?: Wishes): readonly Preference[]
  /** The first one that is not skipped; the best of all where every one is; null where there is no node. */
  choose(key: ActorKey, view: MembershipView, wishes?: Wishes): Member | null
}
