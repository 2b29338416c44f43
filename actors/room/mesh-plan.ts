import type { SessionId } from '../../protocol/ids.ts'
import { fullMeshMax, linksMax } from '../../protocol/room/mesh.ts'
import type { Links } from './mesh-state.ts'

/** A session is given one new link in this time at the most. Ms. */
export const newLinkEveryMs = 1_000
/** A link that was just made is not taken away for a better one before so long. Ms. */
export const holdMs = 5_000
/** Sessions for which one plan looks for a link; the others are looked at in the next one. */
export const lookedAtMax = 256
/** Sessions at which one of them is tried before it gives up, in each of two lists. */
const triesMax = 64

/** One session as the plan sees it. */
export interface MeshPerson {
  readonly session: SessionId
  /** Whoever has no connection keeps their links and gets no new ones. */
  readonly isConnected: boolean
  /** 0: never heard (off stage). 1: may be heard. 2: speaks, or did just now. */
  readonly voice: 0 | 1 | 2
  /** When they were last known to speak, Unix ms; 0 for never. */
  readonly spokeAtMs: number
}

export interface MeshPlan {
  readonly links: Links
  readonly linkedAtMs: ReadonlyMap<SessionId, number>
  /** Sessions whose links are others than before. */
  readonly changed: ReadonlySet<SessionId>
  /** When there is more to do though nothing changes, Unix ms; null: these links are as good as they get. */
  readonly nextAtMs: number | null
  /** Everyone who is connected is linked with everyone, in a room small enough for it. */
  readonly isComplete: boolean
}

/**
 * The links that follow on the present ones. Those who speak link with each other first, then each of them with as many others as may be,
 * then the rest among themselves, so that whoever begins to speak is heard already. Links are symmetric, at most eight a
 * session, with at most one new one a second; one is given up only for one that more hear who speaks, or to even out how
 * many people have, and never sooner than `holdMs` after it was made. Every step makes the whole better in one order (links among
 * speakers, links of speakers, links, evenness), so with the same people it comes to rest. `people` in the order of joining.
 */
export const planLinks = (
  before: { readonly links: Links; readonly linkedAtMs: ReadonlyMap<SessionId, number> },
  people: readonly MeshPerson[],
  nowMs: number,
): MeshPlan => new Planning(before, people, nowMs).plan()

interface Drop {
  readonly from: SessionId
  readonly peer: SessionId
}

/** One run of the plan; what is mutable does not leave it. */
class Planning {
  readonly #people: readonly MeshPerson[]
  readonly #bySession: ReadonlyMap<SessionId, MeshPerson>
  readonly #speakers: readonly MeshPerson[]
  readonly #links: Map<SessionId, ReadonlyMap<SessionId, number>>
  readonly #linkedAtMs: Map<SessionId, number>
  readonly #changed = new Set<SessionId>()
  readonly #nowMs: number
  /** Who may take a new link now, by how many they have. */
  readonly #open: readonly Set<MeshPerson>[] = Array.from({ length: linksMax + 1 }, () => new Set<MeshPerson>())
  readonly #isSmall: boolean
  #nextAtMs = Number.POSITIVE_INFINITY
  /** When the first of those who were given a link of late may have another. */
  #restedAtMs = Number.POSITIVE_INFINITY

  constructor(
    before: { readonly links: Links; readonly linkedAtMs: ReadonlyMap<SessionId, number> },
    people: readonly MeshPerson[],
    nowMs: number,
  ) {
    this.#nowMs = nowMs
    this.#people = people
    this.#bySession = new Map(people.map((person) => [person.session, person]))
    this.#isSmall = people.length <= fullMeshMax
    this.#links = new Map()
    this.#linkedAtMs = new Map()
    for (const { session } of people) this.#takeOver(session, before)
    this.#speakers = people.filter(({ voice, isConnected }) => voice === 2 && isConnected).sort(byRecency)
    for (const person of people) if (person.isConnected && this.#hasRested(person)) this.#openFor(person)?.add(person)
  }

  plan(): MeshPlan {
    const wanting = this.#people.filter((person) => this.#wants(person)).sort((a, b) => this.#byNeed(a, b))
    let lookedAt = 0
    for (const person of wanting) {
      // Given one by somebody who was looked at before.
      if (!this.#hasRested(person)) continue
      if (lookedAt === lookedAtMax) {
        this.#again(this.#nowMs)
        break
      }
      lookedAt += 1
      this.#linkOne(person)
    }
    if (this.#changed.size > 0) this.#again(this.#nowMs + newLinkEveryMs)
    return {
      links: this.#links,
      linkedAtMs: this.#linkedAtMs,
      changed: this.#changed,
      nextAtMs: Number.isFinite(this.#nextAtMs) ? this.#nextAtMs : null,
      isComplete: this.#isSmall && this.#isComplete(),
    }
  }

  /** What is kept of a session: links to those who are still there. */
  #takeOver(
    session: SessionId,
    before: { readonly links: Links; readonly linkedAtMs: ReadonlyMap<SessionId, number> },
  ) {
    const links = before.links.get(session) ?? new Map<SessionId, number>()
    const kept = [...links.keys()].every((peer) => this.#bySession.has(peer))
      ? links
      : new Map([...links].filter(([peer]) => this.#bySession.has(peer)))
    if (kept !== links) this.#changed.add(session)
    this.#links.set(session, kept)
    const linkedAtMs = before.linkedAtMs.get(session)
    if (linkedAtMs === undefined || linkedAtMs + newLinkEveryMs <= this.#nowMs) return
    this.#linkedAtMs.set(session, linkedAtMs)
    this.#restedAtMs = Math.min(this.#restedAtMs, linkedAtMs + newLinkEveryMs)
  }

  /** May be better linked than they are. Whoever was given a link within the second is asked when it is over. */
  #wants(person: MeshPerson): boolean {
    const { session, voice, isConnected } = person
    if (!isConnected || (voice === 0 && !this.#isSmall)) return false
    const misses =
      this.#degree(session) < linksMax
        ? this.#degree(session) < this.#people.length - 1
        : voice === 2 && this.#speakers.some((other) => other !== person && !this.#has(session, other.session))
    const rested = this.#hasRested(person)
    if (misses && !rested) this.#again(this.#restedAtMs)
    return misses && rested
  }

  /** Speakers first, the last to speak before the others; then whoever has fewest. */
  #byNeed(one: MeshPerson, other: MeshPerson): number {
    const speaks = Number(other.voice === 2) - Number(one.voice === 2)
    if (speaks !== 0) return speaks
    if (one.voice === 2) return other.spokeAtMs - one.spokeAtMs
    return this.#degree(one.session) - this.#degree(other.session)
  }

  #linkOne(person: MeshPerson): void {
    const found = this.#withSpeaker(person) ?? this.#withFree(person) ?? this.#withFull(person)
    if (found) this.#link(person, found.peer, found.drops)
    // Those who have just been given one may be for this person in a second.
    else this.#again(this.#restedAtMs)
  }

  #withSpeaker(person: MeshPerson): { peer: MeshPerson; drops: Drop[] } | null {
    return this.#firstWithRoom(person, this.#speakers)
  }

  /** Whoever has fewest links first, so that those without any find each other. */
  #withFree(person: MeshPerson): { peer: MeshPerson; drops: Drop[] } | null {
    if (this.#degree(person.session) >= linksMax) return null
    for (const open of this.#open.slice(0, linksMax)) {
      for (const peer of open) if (this.#mayLink(person, peer)) return { peer, drops: [] }
    }
    return null
  }

  #withFull(person: MeshPerson): { peer: MeshPerson; drops: Drop[] } | null {
    if (this.#degree(person.session) >= linksMax) return null
    return this.#firstWithRoom(person, this.#open[linksMax] ?? [])
  }

  /** The first for whom both sides have, or may make, room. A few are tried. */
  #firstWithRoom(person: MeshPerson, peers: Iterable<MeshPerson>): { peer: MeshPerson; drops: Drop[] } | null {
    let tries = 0
    for (const peer of peers) {
      if (!this.#mayLink(person, peer)) continue
      const drops = this.#room(person, peer)
      if (drops) return { peer, drops }
      tries += 1
      if (tries === triesMax) return null
    }
    return null
  }

  #mayLink(person: MeshPerson, peer: MeshPerson): boolean {
    return peer !== person && peer.isConnected && this.#hasRested(peer) && !this.#has(person.session, peer.session)
  }

  /** What has to go so that both have a place for that link; null where it is not worth it. */
  #room(person: MeshPerson, peer: MeshPerson): Drop[] | null {
    const drops: Drop[] = []
    for (const [end, other] of [
      [person, peer],
      [peer, person],
    ] as const) {
      if (this.#degree(end.session) < linksMax) continue
      const drop = this.#weakest(end, other)
      if (!drop) return null
      drops.push(drop)
    }
    return drops
  }

  /** The link of a full session that may go for one with `newcomer`. */
  #weakest(full: MeshPerson, newcomer: MeshPerson): Drop | null {
    const worth = this.#worth(full, newcomer)
    let best: { readonly peer: SessionId; readonly worth: number; readonly degree: number } | null = null
    for (const [peer, sinceMs] of this.#links.get(full.session) ?? []) {
      const other = this.#bySession.get(peer)
      if (!other) continue
      const present = this.#worth(full, other)
      const degree = this.#degree(peer)
      const evens =
        present === worth && degree >= this.#degree(newcomer.session) + 2 && (worth <= 0 || newcomer.voice === 2)
      if (present >= worth && !evens) continue
      if (sinceMs + holdMs > this.#nowMs) {
        this.#again(sinceMs + holdMs)
        continue
      }
      if (!best || present < best.worth || (present === best.worth && degree > best.degree)) {
        best = { peer, worth: present, degree }
      }
    }
    return best && { from: full.session, peer: best.peer }
  }

  /** How many speakers are heard over such a link. One between two who are never heard is worth less than none. */
  #worth(one: MeshPerson, other: MeshPerson): number {
    if (one.voice === 0 && other.voice === 0) return -1
    return Number(one.voice === 2 && one.isConnected) + Number(other.voice === 2 && other.isConnected)
  }

  #link(person: MeshPerson, peer: MeshPerson, drops: readonly Drop[]): void {
    for (const { from, peer: dropped } of drops) this.#set(from, dropped, null)
    this.#set(person.session, peer.session, this.#nowMs)
    for (const end of [person, peer]) {
      this.#openFor(end)?.delete(end)
      this.#linkedAtMs.set(end.session, this.#nowMs)
    }
    this.#restedAtMs = Math.min(this.#restedAtMs, this.#nowMs + newLinkEveryMs)
  }

  /** Null ends the link. */
  #set(one: SessionId, other: SessionId, sinceMs: number | null): void {
    for (const [session, peer] of [
      [one, other],
      [other, one],
    ] as const) {
      const person = this.#bySession.get(session)
      const isOpen = person !== undefined && (this.#openFor(person)?.delete(person) ?? false)
      const links = new Map(this.#links.get(session))
      if (sinceMs === null) links.delete(peer)
      else links.set(peer, sinceMs)
      this.#links.set(session, links)
      this.#changed.add(session)
      if (isOpen) this.#openFor(person)?.add(person)
    }
  }

  #isComplete(): boolean {
    const connected = this.#people.filter(({ isConnected }) => isConnected)
    return connected.every((one) => connected.every((other) => one === other || this.#has(one.session, other.session)))
  }

  #has(one: SessionId, other: SessionId): boolean {
    return this.#links.get(one)?.has(other) ?? false
  }

  #degree(session: SessionId): number {
    return this.#links.get(session)?.size ?? 0
  }

  #openFor({ session }: MeshPerson): Set<MeshPerson> | undefined {
    return this.#open[this.#degree(session)]
  }

  #hasRested({ session }: MeshPerson): boolean {
    return !this.#linkedAtMs.has(session)
  }

  #again(atMs: number): void {
    this.#nextAtMs = Math.min(this.#nextAtMs, atMs)
  }
}

const byRecency = (one: MeshPerson, other: MeshPerson): number => other.spokeAtMs - one.spokeAtMs
