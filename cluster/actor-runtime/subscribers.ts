import type { PushEnvelope } from '../../protocol/cluster/envelopes.ts'
import type { Position } from '../../protocol/cluster/results.ts'
import type { ActorKey, SessionId } from '../../protocol/ids.ts'
import type { Push } from './definition.ts'

/** Where a session's pushes go: one link to one process. Compared by identity. */
export interface PushTarget {
  push(key: ActorKey, envelope: PushEnvelope, at: Position): void
  /** For that process, from what lives beside the actor; at most 64 KiB. False: it was not taken. */
  datagram(key: ActorKey, epoch: number, payload: Uint8Array, lane: 0 | 1): boolean
  /** The link is closed: nothing arrives there any more. */
  isGone(): boolean
}

/** Which process carries which session of one actor. A session is carried by one process at a time: the last to say so. */
export class Subscribers {
  readonly #key: ActorKey
  /** Who carries a session by what was decided, committed or not. */
  readonly #announced = new Map<SessionId, PushTarget>()
  /** Who is sent its pushes: the same, but for what is not committed. */
  readonly #targets = new Map<SessionId, PushTarget>()

  constructor(key: ActorKey) {
    this.#key = key
  }

  get size(): number {
    return this.#targets.size
  }

  /** It was decided that the session is carried there. */
  announce(session: SessionId, target: PushTarget): void {
    this.#announced.set(session, target)
  }

  /** It was decided that the session is carried by nobody. */
  renounce(session: SessionId): void {
    this.#announced.delete(session)
  }

  /** Its pushes go there from now on, unless that process is gone; says which. */
  add(session: SessionId, target: PushTarget): boolean {
    if (target.isGone()) return false
    this.#targets.set(session, target)
    return true
  }

  /** Where its pushes go; undefined where it is not attached. */
  targetOf(session: SessionId): PushTarget | undefined {
    return this.#targets.get(session)
  }

  remove(session: SessionId): void {
    this.#targets.delete(session)
  }

  /** Takes a target out, and returns the sessions that nobody carries now. */
  removeTarget(target: PushTarget): SessionId[] {
    for (const session of carriedBy(target, this.#targets)) this.#targets.delete(session)
    const gone = carriedBy(target, this.#announced)
    for (const session of gone) this.#announced.delete(session)
    return gone
  }

  /** Every process that carries a session, or will when what was decided is committed. */
  everyTarget(): Set<PushTarget> {
    return new Set([...this.#targets.values(), ...this.#announced.values()])
  }

  /** One frame for each process that carries a receiver; the process expands it to its sockets. */
  send(push: Push, at: Position): void {
    if (push.to === 'all') {
      for (const target of new Set(this.#targets.values())) target.push(this.#key, { to: 'all', body: push.body }, at)
      return
    }
    const [only] = push.to
    if (only && push.to.length === 1) {
      this.#targets.get(only)?.push(this.#key, { to: [only], body: push.body }, at)
      return
    }
    const byTarget = new Map<PushTarget, SessionId[]>()
    for (const session of push.to) {
      const target = this.#targets.get(session)
      if (target) byTarget.set(target, [...(byTarget.get(target) ?? []), session])
    }
    for (const [target, sessions] of byTarget) target.push(this.#key, { to: sessions, body: push.body }, at)
  }
}

const carriedBy = (target: PushTarget, sessions: ReadonlyMap<SessionId, PushTarget>): SessionId[] =>
  [...sessions].filter(([, carrier]) => carrier === target).map(([session]) => session)
