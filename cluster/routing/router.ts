import { decoder, parseJsonBytes } from '../../protocol/codec.ts'
import { NotOwnerEnvelope, PushEnvelope, type CommandEnvelope } from '../../protocol/cluster/envelopes.ts'
import type { CommandResult } from '../../protocol/cluster/results.ts'
import { commandSource, type ActorKey, type Incarnation, type SessionId } from '../../protocol/ids.ts'
import type { Clock, Logger, Random, Timers } from '../../protocol/ports.ts'
import type { Directory, Member, Membership, OwnerRef } from '../membership/port.ts'
import type { Placement } from '../placement/port.ts'
import { maxPayloadBytes } from '../transport/frame-codec.ts'
import { frameType, type Frame, type PeerLink, type Transport } from '../transport/port.ts'
import { AttachRounds } from './attach-rounds.ts'
import { pauseMs } from './back-off.ts'
import { UnreachableError } from './cuts.ts'
import { Datagrams } from './datagrams.ts'
import type { DetourObserver } from './detours.ts'
import {
  findOwner,
  forgetOwner,
  hearAnswer,
  hearOwner,
  isAttached,
  KeyRecords,
  learnOwner,
  missOwner,
  unattached,
  type KeyRecord,
} from './key-record.ts'
import { Links, replaced } from './links.ts'
import { OrderedLanes } from './ordered-lanes.ts'
import type { ActorRouter, AskOptions, DatagramRouter, HeldSession, IncomingDatagram, IncomingPush } from './port.ts'

/** What happens in a router, for metrics. */
export interface RouterObserver {
  /** A command was taken. */
  asked(): void
  /** A command reached a process that does not own its actor; any number of times a command. */
  forwarded(): void
  staleFrame(): void
  /** Sessions of an actor are attached to its new owner, so many ms after the old one was missed. */
  recovered(tookMs: number): void
  /** Of links to nodes that cannot be reached straight. */
  readonly detours: DetourObserver
}

export interface RouterDeps {
  readonly membership: Membership
  readonly directory: Pick<Directory, 'resolveMany'>
  readonly placement: Placement
  readonly transport: Transport
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly logger: Logger
  readonly observer: RouterObserver
  onPush(push: IncomingPush): void
  /** Absent: this process is sent none. */
  onDatagram?(datagram: IncomingDatagram): void
  /** Default 1,500 ms. */
  readonly defaultDeadlineMs?: number
  /** Commands under way or waiting for the one before them, at the most. Default 32,768. */
  readonly asksMax?: number
}

/** What one attempt at one node came to. */
type Attempt =
  | { readonly kind: 'result'; readonly result: CommandResult }
  | { readonly kind: 'not_owner'; readonly owner: OwnerRef | null }
  | { readonly kind: 'link_lost' }
  | { readonly kind: 'timeout' }
  /** By the directory, or by whom it names, nobody owns the actor; and nobody was to be woken, or is there to be. */
  | { readonly kind: 'nobody' }
  /** Nothing was sent: the owner could not be learnt, or not be reached in time. */
  | { readonly kind: 'not_sent' }
  /** The owner holds its lease, and for half a minute there was no way to it. */
  | { readonly kind: 'unreachable' }

/** A command on its way, and all that its attempts have in common. */
interface Errand {
  readonly envelope: CommandEnvelope
  readonly payload: Uint8Array
  /** Monotonic ms. */
  readonly untilMs: number
  readonly region: string | null
}

interface InFlight {
  readonly link: PeerLink
  readonly record: KeyRecord
  readonly command: Pick<CommandEnvelope, 'id' | 'subscribe'>
  settle(attempt: Attempt): void
}

const decodePush = decoder(PushEnvelope)
const decodeNotOwner = decoder(NotOwnerEnvelope)
const utf8 = new TextEncoder()
/** Forwards of one command that are followed without a pause. */
const maxForwards = 2
const defaultAsksMax = 32_768
/** Sessions whose announcement is remembered: what a room ended itself is never taken off. */
const maxAnnounced = 100_000

const linkBusy: CommandResult = { status: 'retry_after', code: 'OVERLOADED', afterMs: 250 }

/** Whoever was asked does not have the actor, and knows of nobody who has. */
const isNotThere = (attempt: Attempt): boolean => attempt.kind === 'not_owner' && attempt.owner === null

const isOverload = (result: CommandResult): boolean =>
  result.status === 'retry_after' && (result.code === 'MAILBOX_FULL' || result.code === 'OVERLOADED')

/** After a link ended, actors from behind it are for so long rather loaded on other machines: that one may be going, ms. */
const failedHostMs = 10_000

/** How often links are looked for whose peers do not answer, or hold no lease any more, ms. */
const tendLinksEveryMs = 250

const noWay: CommandResult = { status: 'retry_after', code: 'ROOM_UNREACHABLE', afterMs: 2_000 }
const maxDeadlineMs = 60_000

/**
 * Finds the owner, sends, and corrects itself: the cached owner is tried first, then the directory, then the placement's
 * proposal. NOT_OWNER, a lost link and `dropped` correct the cache. Re-sends go under the same command id, with 20-80 ms
 * of jitter between them at first, until the deadline; who names the owner is followed at once, twice at the most.
 */
export class Router implements ActorRouter, DatagramRouter {
  readonly #deps: RouterDeps
  readonly #links: Links
  readonly #records = new KeyRecords()
  readonly #rounds: AttachRounds
  readonly #lanes = new OrderedLanes()
  readonly #datagrams: Datagrams
  readonly #inFlight = new Map<number, InFlight>()
  /** Where each session was announced last, while that link stands and until it is taken off; the latest of them. */
  readonly #announcedAt = new Map<SessionId, Incarnation>()
  readonly #unwatch: () => void
  #correlation = 0
  #closed = false

  constructor(deps: RouterDeps) {
    this.#deps = deps
    this.#links = new Links(
      { ...deps, detours: deps.observer.detours },
      {
        onFrame: (link, frame) => this.#onFrame(link, frame),
        onClose: (link, reason) => this.#onLinkClosed(link, reason),
      },
    )
    this.#rounds = new AttachRounds({
      ...deps,
      records: this.#records,
      ask: (key, command, options) => this.ask(key, command, options),
      pause: (record) => this.#pause(record, 'session', Number.POSITIVE_INFINITY),
      isClosed: () => this.#closed,
      recovered: (tookMs) => deps.observer.recovered(tookMs),
    })
    this.#datagrams = new Datagrams({
      timers: deps.timers,
      wayTo: (key) => this.#wayTo(key),
      seek: (key) => this.#seek(key),
    })
    this.#unwatch = deps.timers.every(tendLinksEveryMs, () => {
      const view = deps.membership.view()
      this.#links.tend(({ process, incarnation }) => view.isLive(process, incarnation))
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
      ...(options.since ? { since: options.since } : {}),
      ...(options.unsubscribe ? { unsubscribe: options.unsubscribe } : {}),
    }
    const payload = utf8.encode(JSON.stringify(envelope))
    if (payload.length > maxPayloadBytes) {
      return Promise.resolve({ status: 'rejected', at: { epoch: 0, seq: 0 }, code: 'TOO_LARGE' })
    }
    // What keeps or lets go of a session is bounded by the sessions.
    const mayWait = options.subscribe !== undefined || options.unsubscribe !== undefined
    if (this.#lanes.size >= (this.#deps.asksMax ?? defaultAsksMax) && !mayWait) return Promise.resolve(linkBusy)
    const held = options.subscribe && this.#records.get(key)?.held.get(options.subscribe)
    if (held) held.asked = options.commandId
    this.#deps.observer.asked()
    return this.#lanes.run(`${key} ${commandSource(options.commandId)}`, () =>
      this.#pursue(key, { envelope, payload, untilMs, region: options.region ?? null }),
    )
  }

  hold(key: ActorKey, session: SessionId, held: HeldSession, attachedEpoch: number): void {
    // Of a session that is held already, frames may have told since that the life which answered is over.
    const before = this.#records.get(key)
    const known = before?.held.get(session)
    // Where the command that subscribes it is still to be sent, what comes now is meant for whoever carried it before.
    const isAnswered = attachedEpoch <= (before?.seenEpoch ?? 0)
    const carried = {
      session: held,
      attachedEpoch: Math.min(known?.attachedEpoch ?? attachedEpoch, attachedEpoch),
      openEpoch: isAnswered ? (known?.openEpoch ?? attachedEpoch) : unattached,
      asked: known?.asked ?? null,
    }
    const record = this.#records.hold(key, session, carried)
    if (!isAttached(record, carried)) void this.#rounds.begin(record)
  }

  letGo(key: ActorKey, session: SessionId): void {
    this.#records.letGo(key, session)
  }

  knownOwner(key: ActorKey): { readonly process: string; readonly epoch: number } | null {
    const owner = this.#records.get(key)?.owner
    return owner ? { process: owner.process, epoch: owner.epoch } : null
  }

  datagram(key: ActorKey, payload: Uint8Array, lane: 0 | 1): boolean {
    return !this.#closed && this.#datagrams.send(key, payload, lane)
  }

  /**
   * The link to that life of that process, dialled if need be. Rejects as `Links.to`. Whoever else of this process sends to nodes takes these: of two links to
   * one node, what comes over the earlier counts no more.
   */
  linkTo(member: Member): Promise<PeerLink> {
    return this.#links.to(member)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#unwatch()
    this.#links.closeAll()
    await this.#deps.transport.close()
  }

  async #pursue(key: ActorKey, errand: Errand): Promise<CommandResult> {
    const { envelope, untilMs } = errand
    let last: CommandResult = { status: 'retry_after', code: 'RETRY_LATER', afterMs: 100 }
    let forwards = 0
    let goesAtOnce = true
    while (!this.#closed && this.#leftMs(untilMs) > 0) {
      if (!goesAtOnce) await this.#pause(this.#records.of(key), 'command', untilMs)
      const attempt = await this.#attempt(key, errand)
      if (attempt.kind === 'nobody' && !envelope.activate) {
        return { status: 'retry_after', code: 'NO_OWNER', afterMs: 0 }
      }
      if (attempt.kind === 'unreachable' && last.status !== 'unknown') return noWay
      // Once a command was sent and its answer did not come, only the same id sent again can tell what became of it.
      if (attempt.kind === 'timeout' || attempt.kind === 'link_lost') last = { status: 'unknown' }
      if (attempt.kind === 'not_owner') this.#deps.observer.forwarded()
      // Who names the owner is followed at once, but not in a ring.
      goesAtOnce = attempt.kind === 'not_owner' && attempt.owner !== null && (forwards += 1) <= maxForwards
      if (attempt.kind !== 'result') continue
      const { result } = attempt
      if (result.status === 'unknown') last = result
      else if (result.status !== 'retry_after') {
        this.#records.of(key).failingSinceMs = null
        return result
      } else if (last.status !== 'unknown') last = result
      // Asking again at once is what an owner with too much to do needs least; whoever sent the command knows its worth.
      if (isOverload(result) && envelope.unsubscribe === undefined) return last
    }
    return last
  }

  /** One attempt at whoever owns the actor now. */
  #attempt(key: ActorKey, errand: Errand): Promise<Attempt> {
    const record = this.#records.of(key)
    const { envelope } = errand
    const knower = envelope.unsubscribe && this.#announcedAt.get(envelope.unsubscribe)
    if (knower && this.#links.isOpen(knower)) return this.#attemptAt(knower, record, errand)
    const open = record.owner && this.#links.healthy(record.owner.incarnation)
    return open ? this.#attemptAsRemembered(open, record, errand) : this.#attemptAnew(record, errand)
  }

  /** Whom we remember may have let it go since, and another may have it: that nobody has is for the directory to say. */
  async #attemptAsRemembered(link: PeerLink, record: KeyRecord, errand: Errand): Promise<Attempt> {
    const attempt = await this.#attemptOver(link, record, errand)
    return isNotThere(attempt) && !errand.envelope.activate ? this.#attemptAnew(record, errand) : attempt
  }

  /** At whoever is found, over a link that may have to be dialled. */
  async #attemptAnew(record: KeyRecord, errand: Errand): Promise<Attempt> {
    const remembered = record.owner && this.#liveMember(record.owner)
    let member: Member | null
    try {
      member = remembered ?? (await this.#locate(record, { activate: errand.envelope.activate, region: errand.region }))
    } catch {
      // Redis is away: there is no way to learn of an owner, and nobody could claim. The caller waits and asks again.
      return { kind: 'not_sent' }
    }
    if (!member) return { kind: 'nobody' }
    let link: PeerLink
    try {
      link = await this.#links.to(member)
    } catch (error) {
      forgetOwner(record, member.incarnation)
      return { kind: error instanceof UnreachableError ? 'unreachable' : 'not_sent' }
    }
    const attempt = await this.#attemptOver(link, record, errand)
    const isNobodys = remembered === null && isNotThere(attempt) && !errand.envelope.activate
    return isNobodys ? { kind: 'nobody' } : attempt
  }

  /**
   * A session is taken off by whoever it was announced to last. No directory says who that is: it may have forgotten, and that
   * process may still be waiting to own the actor. Behind a link that ends it is taken off without a word.
   */
  async #attemptAt(knower: Incarnation, record: KeyRecord, errand: Errand): Promise<Attempt> {
    const link = this.#links.healthy(knower)
    if (!link) return { kind: 'not_sent' }
    const { envelope } = errand
    const attempt = await this.#attemptOver(link, record, errand)
    const isTold = attempt.kind === 'result' && attempt.result.status !== 'retry_after'
    const isElsewhere = attempt.kind === 'not_owner'
    if (envelope.unsubscribe && (isTold || isElsewhere)) this.#announcedAt.delete(envelope.unsubscribe)
    return attempt
  }

  async #attemptOver(link: PeerLink, record: KeyRecord, errand: Errand): Promise<Attempt> {
    const { envelope, payload } = errand
    const budgetMs = this.#leftMs(errand.untilMs)
    if (budgetMs <= 0) return { kind: 'not_sent' }
    // What lets go of a session makes work less, and would be missed.
    if (link.isCongested() && envelope.unsubscribe === undefined) return { kind: 'result', result: linkBusy }
    const attempt = await this.#exchange(link, record, envelope, payload, budgetMs)
    if (attempt.kind === 'result') return attempt
    if (attempt.kind === 'not_owner' && attempt.owner) this.#learnOwner(record, attempt.owner)
    forgetOwner(record, link.peer.incarnation)
    return attempt
  }

  #wayTo(key: ActorKey): { readonly link: PeerLink; readonly epoch: number } | null {
    const owner = this.#records.get(key)?.owner
    const link = owner && this.#links.healthy(owner.incarnation)
    return owner && link ? { link, epoch: owner.epoch } : null
  }

  /** Learns the owner, if there is one, and dials it. */
  async #seek(key: ActorKey): Promise<void> {
    const record = this.#records.of(key)
    const remembered = record.owner && this.#liveMember(record.owner)
    const member = remembered ?? (await this.#locate(record, { activate: false, region: null }))
    if (member) await this.#links.to(member)
  }

  /** Who is to be asked, by the directory; null for nobody. Rejects when Redis does not answer. */
  async #locate(
    record: KeyRecord,
    { activate, region }: { readonly activate: boolean; readonly region: string | null },
  ): Promise<Member | null> {
    const { membership, directory, placement, clock } = this.#deps
    const [owner] = await directory.resolveMany([record.key])
    if (!owner) {
      const failed = record.failed && record.failed.untilMs > clock.monotonicMs() ? record.failed.host : null
      return activate ? placement.choose(record.key, membership.view(), { region, notOnHost: failed }) : null
    }
    this.#learnOwner(record, owner, findOwner)
    const member = this.#liveMember(owner)
    if (member) return member
    await membership.refresh()
    return this.#liveMember(owner)
  }

  #liveMember(owner: OwnerRef): Member | null {
    const member = this.#deps.membership.view().get(owner.process)
    return member?.incarnation === owner.incarnation ? member : null
  }

  #exchange(
    link: PeerLink,
    record: KeyRecord,
    command: CommandEnvelope,
    payload: Uint8Array,
    budgetMs: number,
  ): Promise<Attempt> {
    this.#correlation = (this.#correlation % 0xffff_fffe) + 1
    const correlation = this.#correlation
    return new Promise((resolve) => {
      const cancel = this.#deps.timers.after(budgetMs, () => settle({ kind: 'timeout' }))
      const settle = (attempt: Attempt): void => {
        if (!this.#inFlight.delete(correlation)) return
        cancel()
        resolve(attempt)
      }
      this.#inFlight.set(correlation, { link, record, command, settle })
      const deadlineMs = Math.min(Math.max(Math.ceil(budgetMs), 1), 0xffff)
      const frame = {
        type: frameType.command,
        lane: 0,
        correlation,
        epoch: 0,
        seq: Math.max(1, Math.floor(this.#deps.clock.monotonicMs())),
        deadlineMs,
        key: record.key,
        payload,
      } as const
      if (command.subscribe) this.#announce(command.subscribe, link.peer.incarnation)
      if (!link.send(frame)) settle({ kind: 'not_sent' })
    })
  }

  #announce(session: SessionId, at: Incarnation): void {
    this.#announcedAt.delete(session)
    this.#announcedAt.set(session, at)
    const [oldest] = this.#announcedAt.keys()
    if (this.#announcedAt.size > maxAnnounced && oldest) this.#announcedAt.delete(oldest)
  }

  #onFrame(link: PeerLink, frame: Frame): void {
    try {
      if (frame.type === frameType.push) this.#onPush(link, frame)
      else if (frame.type === frameType.dropped) this.#onDropped(link, frame)
      else if (frame.type === frameType.moved) this.#onMoved(link, frame)
      else if (frame.type === frameType.datagram) this.#onDatagram(frame)
      else if (frame.type === frameType.stray) this.#onStray(link, frame)
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
    if (frame.type === frameType.result) {
      // The node is our own and authenticated: its results are taken as they are.
      const result = payload as CommandResult
      this.#learnFromResult(waiting, result)
      waiting.settle({ kind: 'result', result })
    }
  }

  /** At once, and not when the one who asked comes to it: the next frame may say that the actor is gone again. */
  #learnFromResult({ link, record, command: { id, subscribe } }: InFlight, result: CommandResult): void {
    if (!('at' in result) || result.at.epoch === 0) return
    const held = subscribe && result.status !== 'rejected' ? record.held.get(subscribe) : undefined
    // Of a session that was held after its command was sent, nothing was noted.
    if (held && (held.asked ?? id) === id) held.attachedEpoch = result.at.epoch
    this.#hear(record, link, result.at.epoch, hearAnswer)
    if (held && !isAttached(record, held)) void this.#rounds.begin(record)
  }

  /** Drops what an earlier owner still says, and hands the rest to the sessions carried here. */
  #onPush(link: PeerLink, frame: Frame): void {
    if (frame.key === '') return
    const record = this.#records.get(frame.key)
    if (!record || frame.epoch < record.spokenEpoch) {
      this.#deps.observer.staleFrame()
      return
    }
    this.#hear(record, link, frame.epoch)
    const envelope = decodePush(parseJsonBytes(frame.payload))
    const sessions = receivers(record, envelope, frame.epoch)
    if (sessions.length === 0) return
    const push = { key: frame.key, at: { epoch: frame.epoch, seq: frame.seq }, sessions, body: envelope.body }
    try {
      this.#deps.onPush(push)
    } catch (err) {
      // Its taker's own trouble: the link did nothing wrong.
      this.#deps.logger.error({ key: frame.key, err }, 'push.not_taken')
    }
  }

  /** One of an earlier life of the actor says nothing any more. */
  #onDatagram(frame: Frame): void {
    const record = this.#recordOf(frame)
    if (!record || frame.epoch < record.spokenEpoch) {
      this.#deps.observer.staleFrame()
      return
    }
    try {
      this.#deps.onDatagram?.({ key: record.key, epoch: frame.epoch, payload: frame.payload })
    } catch (err) {
      this.#deps.logger.error({ key: record.key, err }, 'datagram.not_taken')
    }
  }

  /** A datagram found nothing there: the next one has the owner looked for. */
  #onStray(link: PeerLink, frame: Frame): void {
    const record = this.#recordOf(frame)
    if (record) forgetOwner(record, link.peer.incarnation)
  }

  /** What is known of the actor that the frame is about; undefined for nothing, or where it is about none. */
  #recordOf({ key }: Frame): KeyRecord | undefined {
    return key === '' ? undefined : this.#records.get(key)
  }

  #onDropped(link: PeerLink, frame: Frame): void {
    const record = this.#recordOf(frame)
    if (!record || frame.epoch < record.spokenEpoch) return
    missOwner(record, link.peer.incarnation)
    void this.#rounds.begin(record)
  }

  /** The actor went from there to the heir it names. */
  #onMoved(link: PeerLink, frame: Frame): void {
    const record = this.#recordOf(frame)
    if (!record || frame.epoch < record.spokenEpoch) return
    const { owner } = decodeNotOwner(parseJsonBytes(frame.payload))
    missOwner(record, link.peer.incarnation)
    if (owner) this.#learnOwner(record, owner)
    else void this.#rounds.begin(record)
  }

  #onLinkClosed(link: PeerLink, reason: string): void {
    // Over the link that took its place the node can still be told of them.
    const isGone = reason !== replaced
    for (const [session, at] of this.#announcedAt) {
      if (isGone && at === link.peer.incarnation) this.#announcedAt.delete(session)
    }
    for (const waiting of [...this.#inFlight.values()]) {
      if (waiting.link === link) waiting.settle({ kind: 'link_lost' })
    }
    const { clock, membership } = this.#deps
    const host = membership.view().get(link.peer.process)?.hostLabel
    for (const record of this.#records.tiedTo(link.peer.incarnation)) {
      if (isGone && host !== undefined) record.failed = { host, untilMs: clock.monotonicMs() + failedHostMs }
      missOwner(record, link.peer.incarnation)
      void this.#rounds.begin(record)
    }
  }

  /** The actor itself spoke, from behind that link. */
  #hear(record: KeyRecord, { peer: { process, incarnation } }: PeerLink, epoch: number, hear = hearOwner): void {
    if (hear(record, { process, incarnation, epoch })) void this.#rounds.begin(record)
  }

  /** A new epoch is a new life of the actor, which knows nobody's connection until it is told. */
  #learnOwner(record: KeyRecord, owner: OwnerRef, learn = learnOwner): void {
    if (learn(record, owner)) void this.#rounds.begin(record)
  }

  #leftMs(untilMs: number): number {
    return untilMs - this.#deps.clock.monotonicMs()
  }

  #pause(record: KeyRecord, who: 'command' | 'session', untilMs: number): Promise<void> {
    const { clock, random } = this.#deps
    const nowMs = clock.monotonicMs()
    record.failingSinceMs ??= nowMs
    const pause = pauseMs(nowMs - record.failingSinceMs, random.fraction(), who)
    const ms = Math.min(pause, Math.max(this.#leftMs(untilMs), 1))
    return new Promise((resolve) => void this.#deps.timers.after(ms, resolve))
  }
}

/** The sessions carried here that a push is for: those whose first push from this life has come, or is this one. */
function receivers(record: KeyRecord, { to, opens }: PushEnvelope, epoch: number): SessionId[] {
  const receiving: SessionId[] = []
  for (const id of to === 'all' ? record.held.keys() : to) {
    const held = record.held.get(id)
    if (!held) continue
    if (opens !== undefined) {
      if ((held.asked ?? opens) !== opens) continue
      held.openEpoch = epoch
    }
    if (held.openEpoch === epoch) receiving.push(id)
  }
  return receiving
}
