import type { Directory, LeaseGuard, MemberFacts, Membership } from '../cluster/membership/port.ts'
import type { Placement } from '../cluster/placement/port.ts'
import type { JournalHistory } from '../persistence/history/port.ts'
import { roomKey, type ActorKey, type RoomId } from '../protocol/ids.ts'
import type { Timers } from '../protocol/ports.ts'
import { clusterJson, preferencesJson, processJson } from './cluster-json.ts'

/** An actor in the memory of this process. */
export interface ActorHere {
  readonly key: ActorKey
  readonly epoch: number
  /** Of the last entry committed. */
  readonly seq: number
  /** Attached to it. */
  readonly sessions: number
  /** Commands that wait for it. */
  readonly waiting: number
  /** The region that it is for; null for any. */
  readonly homeRegion: string | null
}

/** The actors of a node. */
export interface ActorsHere {
  readonly owned: number
  actors(): Iterable<ActorHere>
  actor(key: ActorKey): ActorHere | null
}

export interface ClusterPageDeps {
  readonly self: Pick<MemberFacts, 'process' | 'incarnation' | 'role' | 'pid'>
  readonly membership: Pick<Membership, 'view'>
  readonly lease: LeaseGuard
  readonly directory: Pick<Directory, 'resolveMany'>
  readonly placement: Placement
  readonly history: Pick<JournalHistory, 'grants'>
  readonly timers: Timers
  /** Only nodes have some. */
  readonly here?: ActorsHere
  /** Redis and Postgres are given so long to answer, ms. Default 2,000. */
  readonly patienceMs?: number
}

/** What the admin port shows of the cluster. */
export interface ClusterPage {
  /** From memory; asks nobody. */
  summary(): object
  /** Null for a room that nobody knows of. Never rejects: what does not answer is named in it. */
  room(roomId: RoomId): Promise<object | null>
}

/** At most so many actors are listed. */
const listedMax = 1_000
/** At most so many of the last moves of a room are listed. */
const movesMax = 16

export function createClusterPage(deps: ClusterPageDeps): ClusterPage {
  const { self, membership, lease, directory, placement, history, here } = deps
  return {
    summary: () => ({
      process: self.process,
      role: self.role,
      pid: self.pid,
      incarnation: self.incarnation,
      lease_left_ms: Math.max(0, Math.round(lease.leftMs())),
      ...clusterJson(membership.view()),
      ...(here ? { actors_owned: here.owned, actors: first(here.actors(), listedMax).map(actorJson) } : {}),
    }),
    room: async (roomId) => {
      const key = roomKey(roomId)
      const silent: string[] = []
      const asked = <Value>(who: string, question: Promise<Value>): Promise<Value | null> =>
        inTime(question, deps).catch(() => {
          silent.push(who)
          return null
        })
      const [owners, grants] = await Promise.all([
        asked('redis', directory.resolveMany([key])),
        asked('postgres', history.grants(key)),
      ])
      const owner = owners?.[0] ?? null
      const actor = here?.actor(key) ?? null
      if (!owner && !actor && grants?.length === 0 && silent.length === 0) return null
      const view = membership.view()
      const member = owner && view.get(owner.process)
      return {
        room_id: roomId,
        owner: owner && (member?.incarnation === owner.incarnation ? processJson(member) : { process: owner.process }),
        epoch: owner?.epoch ?? null,
        here: actor && actorJson(actor),
        preferences: preferencesJson(placement.preferences(key, view, { region: actor?.homeRegion ?? null })),
        moves:
          grants?.slice(-movesMax).map(({ epoch, process, incarnation, cause, atMs, entries }) => ({
            ...{ epoch, process, incarnation, cause, entries },
            at: new Date(atMs).toISOString(),
          })) ?? null,
        silent,
      }
    },
  }
}

const actorJson = ({ homeRegion, key, epoch, seq, sessions, waiting }: ActorHere) => ({
  ...{ key, epoch, seq, sessions, waiting },
  home_region: homeRegion,
})

function first<Item>(items: Iterable<Item>, max: number): Item[] {
  const taken: Item[] = []
  for (const item of items) {
    if (taken.length === max) break
    taken.push(item)
  }
  return taken
}

function inTime<Value>(question: Promise<Value>, { timers, patienceMs = 2_000 }: ClusterPageDeps): Promise<Value> {
  return new Promise((resolve, reject) => {
    const cancel = timers.after(patienceMs, () => reject(new Error(`no answer in ${patienceMs} ms`)))
    question.then(resolve, reject).finally(cancel)
  })
}
