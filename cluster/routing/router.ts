import { decoder, parseJsonBytes } from '../../protocol/codec.ts'
import { NotOwnerEnvelope, PushEnvelope, type CommandEnvelope } from '../../protocol/cluster/envelopes.ts'
import type { CommandResult } from '../../protocol/cluster/results.ts'
import { commandId, commandSource, type ActorKey, type CommandId, type SessionId } from '../../protocol/ids.ts'
import type { Clock, Logger, Random, Timers } from '../../protocol/ports.ts'
import type { Directory, Member, Membership, OwnerRef } from '../membership/port.ts'
import type { Placement } from '../placement/port.ts'
import { frameType, type Frame, type PeerLink, type Transport } from '../transport/port.ts'
import { KeyRecords, learnOwner, missOwner, type KeyRecord } from './key-record.ts'
import { Links } from './links.ts'
import { OrderedLanes } from './ordered-lanes.ts'
import type { ActorRouter, AskOptions, HeldSession, IncomingPush } from './port.ts'

/** What happens in a router, for metrics. */
export interface RouterObserver {
  forwarded(): void
  staleFrame(): void
  /** Sessions of an actor are attached to its new owner, so many ms after the old one was missed. */
  recovered(tookMs: number): void
}

export interface RouterDeps {
  readonly membership: Membership
  readonly directory: Directory
  readonly placement: Placement
  readonly transport: Transport
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly logger: Logger
  readonly observer: RouterObserver
  onPush(push: IncomingPush): void
  /** Default 1,500 ms. */
  readonly defaultDeadlineMs?: number
}

/** What one attempt at one node came to. */
type Attempt =
  | { readonly kind: 'result'; readonly result: CommandResult; readonly from: PeerLink }
  | { readonly kind: 'not_owner'; readonly owner: OwnerRef | null }
  | { readonly kind: 'link_lost' }
  | { readonly kind: 'timeout' }

interface InFlight {
  readonly link: PeerLink
  settle(attempt: Attempt): void
}

const decodePush = decoder(PushEnvelope)
const decodeNotOwner = decoder(NotOwnerEnvelope)
const utf8 = new TextEncoder()
const maxDeadlineMs = 60_000
const reattachDeadlineMs = 2_000

/**
 * Finds the owner, sends, and corrects itself: the cached owner is tried first, then the directory, then the placement's
 * proposal. NOT_OWNER, a lost link and `dropped` correct the cache. Re-sends go under the same command id, with 20-80 ms
 * of jitter between them, until the deadline.
 */
export class Router implements ActorRouter {
  readonly #deps: RouterDeps
  readonly #links: Links
  readonly #records = new KeyRecords()
  readonly #lanes = new OrderedLanes()
  readonly #inFlight = new Map<number, InFlight>()
  readonly #unwatch: () => void
  #correlation = 0
  #closed = false

  constructor(deps: RouterDeps) {
    this.#deps = deps
    this.#links = new Links(deps, {
      onFrame: (link, frame) => this.#onFrame(link, frame),
      onClose: (link) => this.#onLinkClosed(link),
    })
    this.#unwatch = deps.membership.onChange((view) => {
      this.#links.closeDead((process, incarnation) => view.isLive(process, incarnation))
    })
  }

  ask(key: ActorKey, command: unknown, options: AskOptions): Promise<CommandResult> {
    const deadlineMs = Math.min(options.deadlineMs ?? this.#deps.defaultDeadlineMs ?? 1_500, maxDeadlineMs)
    const untilMs = this.#deps.clock.monotonicMs() + deadlineMs
    const envelope: CommandEnvelope = {
      id: options.commandId,
      command,
      activate: options.activate ?? true,
      ...(options.subscribe ? { subscribe: options.subscribe } : {}),
      ...(options.unsubscribe ? { unsubscribe: options.unsubscribe } : {}),
    }
    const payload = utf8.encode(JSON.stringify(envelope))
    return this.#lanes.run(`${key} ${commandSource(options.commandId)}`, () =>
      this.#pursue(key, envelope, payload, untilMs),
    )
  }

  hold(key: ActorKey, session: SessionId, held: HeldSession, attachedEpoch: number): void {
    const record = this.#records.of(key)
    record.held.set(session, { session: held, attachedEpoch })
    if (attachedEpoch < record.seenEpoch) void this.#reattach(record)
  }

  letGo(key: ActorKey, session: SessionId): void {
    this.#records.get(key)?.held.delete(session)
  }

  knownOwner(key: ActorKey): { readonly process: string; readonly epoch: number } | null {
    const owner = this.#records.get(key)?.owner
    return owner ? { process: owner.process, epoch: owner.epoch } : null
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#unwatch()
    this.#links.closeAll()
    await this.#deps.transport.close()
  }

  async #pursue(
    key: ActorKey,
    envelope: CommandEnvelope,
    payload: Uint8Array,
    untilMs: number,
  ): Promise<CommandResult> {
    let last: CommandResult = { status: 'retry_after', code: 'RETRY_LATER', afterMs: 100 }
    for (let attempts = 0; !this.#closed && this.#leftMs(untilMs) > 0; attempts += 1) {
      if (attempts > 0) await this.#pause(untilMs)
      const attempt = await this.#attempt(key, envelope, payload, untilMs)
      if (attempt === 'nobody') {
        if (!envelope.activate) return { status: 'retry_after', code: 'NO_OWNER', afterMs: 0 }
        continue
      }
      // Once a command was sent and its answer did not come, only the same id sent again can tell what became of it.
      if (attempt.kind === 'timeout' || attempt.kind === 'link_lost') last = { status: 'unknown' }
      if (attempt.kind === 'not_owner') this.#deps.observer.forwarded()
      if (attempt.kind !== 'result') continue
      const { result } = attempt
      if (result.status === 'unknown') last = result
      else if (result.status !== 'retry_after') return result
      else if (last.status !== 'unknown') last = result
    }
    return last
  }

  /** One attempt at whoever owns the actor now. `nobody`: there is no node to ask, or nobody to be woken. */
  async #attempt(
    key: ActorKey,
    envelope: CommandEnvelope,
    payload: Uint8Array,
    untilMs: number,
  ): Promise<Attempt | 'nobody'> {
    const record = this.#records.of(key)
    const member = await this.#locate(record, envelope.activate)
    if (!member) return 'nobody'
    let link: PeerLink
    try {
      link = await this.#links.to(member)
    } catch {
      this.#forgetOwner(record, member)
      return 'nobody'
    }
    const attempt = await this.#exchange(link, record.key, payload, this.#leftMs(untilMs))
    if (attempt.kind === 'result') this.#learnFromResult(record, attempt)
    else if (attempt.kind === 'not_owner') this.#correct(record, member, attempt.owner)
    else this.#forgetOwner(record, member)
    if (attempt.kind === 'not_owner' && attempt.owner === null && !envelope.activate) return 'nobody'
    return attempt
  }

  async #locate(record: KeyRecord, activate: boolean): Promise<Member | null> {
    const { membership, directory, placement } = this.#deps
    const known = record.owner && this.#liveMember(record.owner)
    if (known) return known
    try {
      const [owner] = await directory.resolveMany([record.key])
      if (owner) {
        learnOwner(record, owner)
        const member = this.#liveMember(owner)
        if (member) return member
        await membership.refresh()
        return this.#liveMember(owner)
      }
    } catch {
      // Redis is away: there is no way to learn of an owner, and nobody could claim. The caller waits and asks again.
      return null
    }
    return activate ? placement.choose(record.key, membership.view()) : null
  }

  #liveMember(owner: OwnerRef): Member | null {
    const member = this.#deps.membership.view().get(owner.process)
    return member?.incarnation === owner.incarnation ? member : null
  }

  #exchange(link: PeerLink, key: ActorKey, payload: Uint8Array, budgetMs: number): Promise<Attempt> {
    this.#correlation = (this.#correlation % 0xffff_fffe) + 1
    const correlation = this.#correlation
    return new Promise((resolve) => {
      const cancel = this.#deps.timers.after(budgetMs, () => settle({ kind: 'timeout' }))
      const settle = (attempt: Attempt): void => {
        if (!this.#inFlight.delete(correlation)) return
        cancel()
        resolve(attempt)
      }
      this.#inFlight.set(correlation, { link, settle })
      const deadlineMs = Math.min(Math.max(Math.ceil(budgetMs), 1), 0xffff)
      const frame = {
        type: frameType.command,
        lane: 0,
        correlation,
        epoch: 0,
        seq: 0,
        deadlineMs,
        key,
        payload,
      } as const
      if (!link.send(frame)) settle({ kind: 'link_lost' })
    })
  }

  #onFrame(link: PeerLink, frame: Frame): void {
    try {
      if (frame.type === frameType.push) this.#onPush(link, frame)
      else if (frame.type === frameType.dropped) this.#onDropped(link, frame)
      else this.#settle(link, frame)
    } catch (err) {
      this.#deps.logger.error({ peer: link.peer.process, type: frame.type, err }, 'link.bad_frame')
      link.close('bad_frame')
    }
  }

  #settle(link: PeerLink, frame: Frame): void {
    const waiting = this.#inFlight.get(frame.correlation)
    if (waiting?.link !== link) return
    const payload = parseJsonBytes(frame.payload)
    if (frame.type === frameType.notOwner) waiting.settle({ kind: 'not_owner', owner: decodeNotOwner(payload).owner })
    // The node is our own and authenticated: its results are taken as they are.
    if (frame.type === frameType.result)
      waiting.settle({ kind: 'result', result: payload as CommandResult, from: link })
  }

  /** Drops what an earlier owner still says, and hands the rest to the sessions carried here. */
  #onPush(link: PeerLink, frame: Frame): void {
    if (frame.key === '') return
    const record = this.#records.get(frame.key)
    if (!record || frame.epoch < record.seenEpoch) {
      this.#deps.observer.staleFrame()
      return
    }
    this.#learn(record, link, frame.epoch)
    const envelope = decodePush(parseJsonBytes(frame.payload))
    const sessions = envelope.to === 'all' ? [...record.held.keys()] : envelope.to.filter((id) => record.held.has(id))
    if (sessions.length === 0) return
    this.#deps.onPush({ key: frame.key, at: { epoch: frame.epoch, seq: frame.seq }, sessions, body: envelope.body })
  }

  #onDropped(link: PeerLink, frame: Frame): void {
    const record = frame.key === '' ? undefined : this.#records.get(frame.key)
    if (record?.owner?.incarnation !== link.peer.incarnation || frame.epoch < record.seenEpoch) return
    missOwner(record)
    void this.#reattach(record)
  }

  #onLinkClosed(link: PeerLink): void {
    for (const waiting of [...this.#inFlight.values()]) {
      if (waiting.link === link) waiting.settle({ kind: 'link_lost' })
    }
    for (const record of this.#records.ownedBy(link.peer.incarnation)) {
      missOwner(record)
      void this.#reattach(record)
    }
  }

  #learnFromResult(record: KeyRecord, attempt: { readonly result: CommandResult; readonly from: PeerLink }): void {
    if ('at' in attempt.result && attempt.result.at.epoch > 0) {
      this.#learn(record, attempt.from, attempt.result.at.epoch)
    }
  }

  #learn(record: KeyRecord, link: PeerLink, epoch: number): void {
    const rose = learnOwner(record, { process: link.peer.process, incarnation: link.peer.incarnation, epoch })
    // A new epoch is a new life of the actor, which knows nobody's connection until it is told.
    if (rose) void this.#reattach(record)
  }

  #correct(record: KeyRecord, asked: Member, owner: OwnerRef | null): void {
    if (owner) learnOwner(record, owner)
    else this.#forgetOwner(record, asked)
  }

  #forgetOwner(record: KeyRecord, member: Member): void {
    if (record.owner?.incarnation === member.incarnation) record.owner = null
  }

  /** Attaches every session carried here to the actor's present life, again and again until each is attached or refused. */
  async #reattach(record: KeyRecord): Promise<void> {
    if (record.recovering || record.held.size === 0) return
    record.recovering = true
    const missedMs = this.#deps.clock.monotonicMs()
    let attached = 0
    for (let next = this.#nextUnattached(record); next && !this.#closed; next = this.#nextUnattached(record)) {
      const done = await Promise.all(next.map((session) => this.#attach(record, session)))
      attached += done.filter(Boolean).length
      if (!done.every(Boolean)) await this.#pause(Number.POSITIVE_INFINITY)
    }
    record.recovering = false
    if (attached > 0) this.#deps.observer.recovered(this.#deps.clock.monotonicMs() - missedMs)
  }

  /** The next up to 64 sessions that the present life of the actor does not know; null when there are none. */
  #nextUnattached(record: KeyRecord): SessionId[] | null {
    const unattached: SessionId[] = []
    for (const [session, { attachedEpoch }] of record.held) {
      if (attachedEpoch >= record.seenEpoch) continue
      unattached.push(session)
      if (unattached.length === 64) break
    }
    return unattached.length > 0 ? unattached : null
  }

  async #attach(record: KeyRecord, session: SessionId): Promise<boolean> {
    const held = record.held.get(session)
    if (!held) return true
    const id: CommandId = commandId(`attach:${session}:${this.#deps.random.uuid()}`, 1)
    const result = await this.ask(record.key, held.session.reattach(), {
      commandId: id,
      subscribe: session,
      deadlineMs: reattachDeadlineMs,
    })
    if (result.status === 'ok' || result.status === 'accepted') {
      held.attachedEpoch = Math.max(held.attachedEpoch, result.at.epoch)
      return true
    }
    if (result.status !== 'rejected' || result.code === 'INTERNAL') return false
    record.held.delete(session)
    held.session.onLost(result.code)
    return true
  }

  #leftMs(untilMs: number): number {
    return untilMs - this.#deps.clock.monotonicMs()
  }

  #pause(untilMs: number): Promise<void> {
    const ms = Math.min(20 + 60 * this.#deps.random.fraction(), Math.max(this.#leftMs(untilMs), 1))
    return new Promise((resolve) => void this.#deps.timers.after(ms, resolve))
  }
}
