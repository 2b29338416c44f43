import xxhash from 'xxhash-wasm'
import type { ActorKey, ProcessId } from '../../protocol/ids.ts'
import type { Member, MembershipView } from '../membership/port.ts'
import type { Placement, Preference, Wishes } from './port.ts'

/**
 * FROZEN: the version of everything below that decides an order. Two processes that order differently under one version
 * disagree on every new actor. A change of hash, seed, separator or formula is a new version.
 */
export const placementVersion = 1

/** A node takes no new actors above this many times its share of all loads, or one above its share if that is more. */
const loadBound = 1.1

/** 64-bit xxHash of a string, seed 0. */
type Hash = (text: string) => bigint

/**
 * Weighted rendezvous hashing: every node gets a score for the key, and the list is ordered by it. A node that leaves
 * moves its own actors only, and a node of twice the weight is first for twice as many keys.
 *
 * The score -w / ln(h), with h uniform in (0, 1), is the logarithmic method of Schindelhauer and Schomaker, "Weighted
 * distributed hash tables" (SPAA 2005), turned into rendezvous hashing by Jason Resch (SNIA SDC 2015); the wish for an
 * ordered list without a table of virtual nodes is Thaler and Ravishankar's (1998). The bound on loads is that of
 * Mirrokni, Thorup and Zadimoghaddam, "Consistent hashing with bounded loads" (2016).
 */
class Rendezvous implements Placement {
  readonly #hash: Hash
  /** Views are immutable and each is asked about many keys. */
  readonly #shares = new WeakMap<MembershipView, Map<string | null, number>>()

  constructor(hash: Hash) {
    this.#hash = hash
  }

  preferences(key: ActorKey, view: MembershipView, wishes: Wishes = {}): readonly Preference[] {
    const region = wishes.region ?? null
    const isAtHome = (member: Member) => region !== null && member.region === region
    const rankOf = (member: Member) => (isAtHome(member) ? 2 : 0) + (member.hostLabel === wishes.notOnHost ? 0 : 1)
    return view.members
      .filter(({ role }) => role === 'node')
      .map((member) => ({ member, rank: rankOf(member), score: this.#score(key, member) }))
      .sort(byRankThenScoreThenName)
      .map(({ member }) => {
        const share = this.#shareOf(view, isAtHome(member) ? region : null)
        return { member, skipped: reasonToSkip(member, share) }
      })
  }

  choose(key: ActorKey, view: MembershipView, wishes?: Wishes): Member | null {
    const list = this.preferences(key, view, wishes)
    return (list.find(({ skipped }) => skipped === null) ?? list[0])?.member ?? null
  }

  #score(key: ActorKey, { process, weight }: Member): number {
    return -weight / Math.log(this.#fraction(key, process))
  }

  /** The top 52 bits of the hash in the middle of their interval: exact in a double, and never 0 or 1. */
  #fraction(key: ActorKey, process: ProcessId): number {
    return (Number(this.#hash(`${key} ${process}`) >> 12n) + 0.5) / 2 ** 52
  }

  /** Actors for each unit of weight, over the nodes that new actors may go to: all of them, or those of a region. */
  #shareOf(view: MembershipView, region: string | null): number {
    const shares = this.#shares.get(view) ?? new Map<string | null, number>()
    const known = shares.get(region)
    if (known !== undefined) return known
    const isAsked = (member: Member) => member.role === 'node' && (region === null || member.region === region)
    const open = view.members.filter((member) => isAsked(member) && reasonToClose(member) === null)
    const weights = open.reduce((sum, { weight }) => sum + weight, 0)
    const share = weights === 0 ? 0 : open.reduce((sum, { load }) => sum + load, 0) / weights
    this.#shares.set(view, shares.set(region, share))
    return share
  }
}

/** Compiles the hash; made once at the start of a process. */
export async function createPlacement(): Promise<Placement> {
  const hashes = await xxhash()
  return new Rendezvous((text) => hashes.h64(text))
}

function reasonToClose({ state, placementVersion: version }: Member): Preference['skipped'] {
  if (state !== 'up') return state
  return version === placementVersion ? null : 'other_placement_version'
}

function reasonToSkip(member: Member, share: number): Preference['skipped'] {
  const mean = share * member.weight
  return reasonToClose(member) ?? (member.load > Math.max(loadBound * mean, mean + 1) ? 'over_bound' : null)
}

interface Scored {
  readonly member: Member
  /** How many wishes it fulfils, the region before the machine. */
  readonly rank: number
  readonly score: number
}

/** Names are compared by code unit: the same in every process, whatever its locale. */
function byRankThenScoreThenName(a: Scored, b: Scored): number {
  if (a.rank !== b.rank) return b.rank - a.rank
  if (a.score !== b.score) return b.score - a.score
  return a.member.process < b.member.process ? -1 : 1
}
