import type { PushEnvelope } from '../../protocol/cluster/envelopes.ts'
import type { Position } from '../../protocol/cluster/results.ts'
import type { ActorKey, SessionId } from '../../protocol/ids.ts'
import type { Push } from './definition.ts'

/** Where a session's pushes go: one link to one process. Compared by identity. */
export interface PushTarget {
  push(key: ActorKey, envelope: PushEnvelope, at: Position): void
}

/** Which process carries which session of one actor. A session is carried by one process at a time: the last to say so. */
export class Subscribers {
  readonly #key: ActorKey
  readonly #targets = new Map<SessionId, PushTarget>()

  constructor(key: ActorKey) {
    this.#key = key
  }

  get size(): number {
    return this.#targets.size
  }

  /** Says whether the session was not with this target before. */
  add(session: SessionId, target: PushTarget): boolean {
    const before = this.#targets.get(session)
    this.#targets.set(session, target)
    return before !== target
  }

  remove(session: SessionId): void {
    this.#targets.delete(session)
  }

  /** Takes out every session of a target and returns them. */
  removeTarget(target: PushTarget): SessionId[] {
    const gone = [...this.#targets].filter(([, carried]) => carried === target).map(([session]) => session)
    for (const session of gone) this.#targets.delete(session)
    return gone
  }

  targets(): Set<PushTarget> {
    return new Set(this.#targets.values())
  }

  /** One frame for each process that carries a receiver; the process expands it to its sockets. */
  send(push: Push, at: Position): void {
    if (push.to === 'all') {
      for (const target of this.targets()) target.push(this.#key, { to: 'all', body: push.body }, at)
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
