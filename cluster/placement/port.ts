import type { ActorKey } from '../../protocol/ids.ts'
import type { Member, MembershipView } from '../membership/port.ts'

/** A node on an actor's preference list, and why it would be passed over. */
export interface Preference {
  readonly member: Member
  readonly skipped: 'draining' | 'joining' | 'refusing' | 'recordless' | 'over_bound' | 'other_placement_version' | null
}

/** Proposes owners for actors that have none. Pure: the same view gives the same answer in every process. */
export interface Placement {
  /** The whole list, best first. */
  preferences(key: ActorKey, view: MembershipView): readonly Preference[]
  /** The first one that is not skipped; the best of all where every one is; null where there is no node. */
  choose(key: ActorKey, view: MembershipView): Member | null
}
