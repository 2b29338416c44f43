import type { SessionId } from '../../protocol/ids.ts'
import { linksMax } from '../../protocol/room/mesh.ts'

/** Peers of each session with the time each link was made, Unix ms. Who is linked with somebody is theirs too. */
export type Links = ReadonlyMap<SessionId, ReadonlyMap<SessionId, number>>

/**
 * Who links with whom in a room that is too large for everybody to link with everybody. Volatile: after a crash the gateways tell
 * each session's links again.
 */
export interface Mesh {
  readonly links: Links
  /** When each session was last given a new link, Unix ms. */
  readonly linkedAtMs: ReadonlyMap<SessionId, number>
  /** Sessions that are to be told their links, whether or not those change. */
  readonly untold: ReadonlySet<SessionId>
  readonly plannedAtMs: number
  /** When there is something to plan again though nothing changes in the room; null for never. */
  readonly nextAtMs: number | null
  /** Until then nothing is planned and every signal passes: sessions are telling what links they have. Unix ms. */
  readonly settleUntilMs: number
  /** Until then a session is believed what links it has, Unix ms. */
  readonly restoreUntilMs: number
  /** What of the room the last plan rests on, compared by identity. */
  readonly basis: readonly unknown[]
}

export const isLinked = ({ links }: Mesh, one: SessionId, other: SessionId): boolean =>
  links.get(one)?.has(other) ?? false

export const linksOf = ({ links }: Mesh, session: SessionId): SessionId[] => [...(links.get(session)?.keys() ?? [])]

/** A mesh of nobody, of which nothing was planned. */
export const emptyMesh: Mesh = {
  links: new Map(),
  linkedAtMs: new Map(),
  untold: new Set(),
  plannedAtMs: 0,
  nextAtMs: null,
  settleUntilMs: 0,
  restoreUntilMs: 0,
  basis: [],
}

/** Everyone linked with everyone, since ever: how a room begins that has just become too large for it. */
export function completeLinks(sessions: readonly SessionId[]): Links {
  return new Map(
    sessions.map((session) => [
      session,
      new Map(sessions.filter((other) => other !== session).map((other) => [other, 0])),
    ]),
  )
}

/** The mesh with the links that a session says it has, as far as both ends have a place for one. */
export function withRestored(mesh: Mesh, session: SessionId, peers: readonly SessionId[]): Mesh {
  const links = new Map(mesh.links)
  for (const peer of peers) {
    const own = links.get(session) ?? new Map<SessionId, number>()
    const others = links.get(peer) ?? new Map<SessionId, number>()
    if (peer === session || own.has(peer) || own.size >= linksMax || others.size >= linksMax) continue
    links.set(session, new Map(own).set(peer, 0))
    links.set(peer, new Map(others).set(session, 0))
  }
  return { ...mesh, links }
}
