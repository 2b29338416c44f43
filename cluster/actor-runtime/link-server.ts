import { decoder, parseJsonBytes } from '../../protocol/codec.ts'
import { CommandEnvelope, type NotOwnerEnvelope, type PushEnvelope } from '../../protocol/cluster/envelopes.ts'
import { ControlRequest, type ControlAnswer } from '../../protocol/cluster/control.ts'
import type { CommandResult, Position } from '../../protocol/cluster/results.ts'
import type { ActorKey, ProcessId } from '../../protocol/ids.ts'
import type { Clock, Logger } from '../../protocol/ports.ts'
import type { LeaseGuard, OwnerRef } from '../membership/port.ts'
import { maxDatagramBytes, maxPayloadBytes } from '../transport/frame-codec.ts'
import { frameType, type Frame, type FrameType, type PeerIdentity, type PeerLink } from '../transport/port.ts'
import type { EnginePush } from '../routing/port.ts'
import { FrameAge } from './frame-age.ts'
import type { HostCommand } from './host.ts'
import type { PushTarget } from './subscribers.ts'

const decodeEnvelope = decoder(CommandEnvelope)
const nothing = new Uint8Array()
const decodeControl = decoder(ControlRequest)
/** The head of a frame that belongs to no actor. */
const beside = { lane: 0, epoch: 0, seq: 0, deadlineMs: 0, key: '' } as const
const none: Position = { epoch: 0, seq: 0 }

/** What the links deliver to. */
export interface CommandSink {
  dispatch(key: ActorKey, command: HostCommand): void
  takeOver(key: ActorKey, epoch: number, from: ProcessId): void
  /** False: nothing here takes datagrams for that actor. */
  datagram(key: ActorKey, payload: Uint8Array, from: PeerIdentity): boolean
  targetLost(target: PushTarget): void
}

/** What operators may have a node do. */
export interface Controlled {
  control(request: ControlRequest): Promise<ControlAnswer>
}

/** What happens on the links, for metrics. */
export interface LinkObserver {
  /** A push was not sent: too much waited on the link, or it was larger than a frame. */
  pushShed(cause: 'congested' | 'too_large'): void
}

const nobody: LinkObserver = { pushShed: () => undefined }

export interface LinkServerDeps {
  readonly sink: () => CommandSink
  readonly clock: Clock
  readonly lease: LeaseGuard
  readonly logger: Logger
  readonly observer?: LinkObserver
  /** Without it, orders of tools are refused. */
  readonly controls?: () => Controlled
}

/** One link to a process that sends commands and carries sessions. */
class LinkTarget implements PushTarget {
  readonly age = new FrameAge()
  /** Counts up with every link that is taken. */
  readonly number: number
  /** The process behind it, and which life of it. */
  readonly life: string
  readonly #link: PeerLink
  readonly #observer: LinkObserver
  /** Actors of which a push was not taken, since too much waits on the link, and their epochs. */
  readonly #behind = new Map<ActorKey, number>()
  #isGone = false

  constructor(link: PeerLink, number: number, observer: LinkObserver) {
    this.#link = link
    this.number = number
    this.life = `${link.peer.process} ${link.peer.incarnation}`
    this.#observer = observer
    link.onRelief(() => this.#catchUp())
  }

  isGone(): boolean {
    return this.#isGone
  }

  closed(): void {
    this.#isGone = true
  }

  push(key: ActorKey, envelope: PushEnvelope, at: Position): void {
    // A process that misses one push has a wrong picture of the actor, which a later one would only hide.
    if (this.#behind.has(key)) {
      this.#observer.pushShed('congested')
      // Of its present life: the process would take no notice of the end of one that is over for it.
      this.#behind.set(key, at.epoch)
      return
    }
    const push = frame(frameType.push, key, at, 0, envelope)
    if (push.payload.length > maxPayloadBytes) {
      this.#observer.pushShed('too_large')
      const body: EnginePush = { type: 'too_large' }
      this.#link.send(frame(frameType.push, key, at, 0, { ...envelope, body }))
      return
    }
    if (this.#link.send(push) || this.#isGone) return
    this.#observer.pushShed('congested')
    this.#behind.set(key, at.epoch)
  }

  datagram(key: ActorKey, epoch: number, payload: Uint8Array, lane: 0 | 1): boolean {
    if (payload.length > maxDatagramBytes) return false
    return this.#link.send({ ...frame(frameType.datagram, key, { epoch, seq: 0 }, 0, null), lane, payload })
  }

  /** The process attaches its sessions of those actors anew, and each is sent what it missed. */
  #catchUp(): void {
    for (const [key, epoch] of this.#behind) this.dropped(key, epoch)
    this.#behind.clear()
  }

  dropped(key: ActorKey, epoch: number): void {
    this.#link.send(frame(frameType.dropped, key, { epoch, seq: 0 }, 0, null))
  }

  moved(key: ActorKey, epoch: number, owner: OwnerRef): void {
    const payload: NotOwnerEnvelope = { owner }
    this.#link.send(frame(frameType.moved, key, { epoch, seq: 0 }, 0, payload))
  }
}

/** The node's side of the links: frames to host commands, and the host's words to frames. */
export class LinkServer {
  readonly #sink: () => CommandSink
  readonly #clock: Clock
  readonly #lease: LeaseGuard
  readonly #logger: Logger
  readonly #observer: LinkObserver
  readonly #controls: (() => Controlled) | null
  readonly #targets = new Map<PeerLink, LinkTarget>()
  /** Of each life that has links here, the number of the latest over which anything came. */
  readonly #latest = new Map<string, number>()
  #count = 0

  constructor(deps: LinkServerDeps) {
    this.#sink = deps.sink
    this.#clock = deps.clock
    this.#lease = deps.lease
    this.#logger = deps.logger
    this.#observer = deps.observer ?? nobody
    this.#controls = deps.controls ?? null
  }

  accept(link: PeerLink): void {
    const target = new LinkTarget(link, (this.#count += 1), this.#observer)
    this.#targets.set(link, target)
    this.#logger.info({ peer: link.peer.process, role: link.peer.role }, 'link.accepted')
    link.onFrame((received) => this.#onFrame(link, target, received))
    link.onClose((reason) => {
      this.#logger.info({ peer: link.peer.process, reason }, 'link.closed')
      this.#targets.delete(link)
      if (![...this.#targets.values()].some(({ life }) => life === target.life)) this.#latest.delete(target.life)
      target.closed()
      this.#sink().targetLost(target)
    })
  }

  /** The actor left this node otherwise than by rest: the processes that carry its sessions are told. */
  actorGone(key: ActorKey, epoch: number, targets: ReadonlySet<PushTarget>, heir: OwnerRef | null): void {
    for (const target of targets) {
      if (!(target instanceof LinkTarget)) continue
      if (heir) target.moved(key, epoch, heir)
      else target.dropped(key, epoch)
    }
  }

  /** Closes every link; the processes behind them attach their sessions elsewhere. */
  closeAll(reason: string): void {
    for (const link of [...this.#targets.keys()]) link.close(reason)
  }

  #onFrame(link: PeerLink, target: LinkTarget, received: Frame): void {
    if (received.type === frameType.control && link.peer.role === 'tool') void this.#control(link, received)
    if (received.key === '') return
    const key = received.key
    // In no order with anything, so none comes too late; and no sign of which link its sender has gone over to.
    if (received.type === frameType.datagram) {
      this.#datagram(link, key, received.payload)
      return
    }
    if (this.#isReplaced(target)) return
    if (received.type === frameType.handOver && link.peer.role === 'node') {
      this.#sink().takeOver(key, received.epoch, link.peer.process)
    }
    if (received.type !== frameType.command) return
    try {
      this.#sink().dispatch(key, this.#toCommand(link, target, key, received))
    } catch (err) {
      this.#logger.error({ key, peer: link.peer.process, err }, 'link.bad_command')
      this.#answer(link, key, received.correlation, {
        status: 'rejected',
        at: none,
        code: 'VALIDATION_FAILED',
      })
    }
  }

  /**
   * A process that has gone over to another link has given up what it sent on this one, and sent it again there: what was held up
   * on the way would undo what came after it.
   */
  #isReplaced({ number, life }: LinkTarget): boolean {
    const latest = this.#latest.get(life) ?? 0
    if (latest > number) return true
    if (latest < number) this.#latest.set(life, number)
    return false
  }

  #toCommand(link: PeerLink, target: LinkTarget, key: ActorKey, received: Frame): HostCommand {
    const envelope = decodeEnvelope(parseJsonBytes(received.payload))
    const { correlation } = received
    const nowMs = this.#clock.monotonicMs()
    return {
      id: envelope.id,
      command: envelope.command,
      bytes: received.payload.length,
      activate: envelope.activate,
      // Whoever sent it counts from then: what a stalled link brings late is not carried out behind what came after it.
      deadlineMs: nowMs + received.deadlineMs - target.age.of(received.seq, nowMs),
      ...(envelope.subscribe ? { subscribe: { session: envelope.subscribe, target, ...sinceOf(envelope) } } : {}),
      ...(envelope.unsubscribe ? { unsubscribe: envelope.unsubscribe } : {}),
      answer: (result) => this.#answer(link, key, correlation, result),
      notOwner: (owner) => this.#notOwner(link, key, correlation, owner),
    }
  }

  #datagram(link: PeerLink, key: ActorKey, payload: Uint8Array): void {
    const mayReach = ['gateway', 'node', 'tool'].includes(link.peer.role)
    if (!mayReach || payload.length > maxDatagramBytes || !this.#lease.holds()) return
    if (!this.#sink().datagram(key, payload, link.peer)) link.send(frame(frameType.stray, key, none, 0, null))
  }

  async #control(link: PeerLink, { correlation, payload }: Frame): Promise<void> {
    let answer: ControlAnswer = { done: false, problem: 'this process takes no orders' }
    try {
      const request = decodeControl(parseJsonBytes(payload))
      this.#logger.info({ peer: link.peer.process, ...request }, 'node.told')
      if (this.#controls) answer = await this.#controls().control(request)
    } catch (error) {
      answer = { done: false, problem: error instanceof Error ? error.message : String(error) }
    }
    link.send({ ...beside, type: frameType.controlled, correlation, payload: Buffer.from(JSON.stringify(answer)) })
  }

  #answer(link: PeerLink, key: ActorKey, correlation: number, result: CommandResult): void {
    if (!this.#lease.holds()) return
    const at = 'at' in result ? result.at : none
    if (link.send(frame(frameType.result, key, at, correlation, result))) return
    // An answer too big for a frame. Where the link is closed, this one is not taken either.
    link.send(frame(frameType.result, key, at, correlation, { status: 'rejected', at, code: 'TOO_LARGE' }))
  }

  #notOwner(link: PeerLink, key: ActorKey, correlation: number, owner: OwnerRef | null): void {
    if (!this.#lease.holds()) return
    const payload: NotOwnerEnvelope = { owner }
    link.send(frame(frameType.notOwner, key, none, correlation, payload))
  }
}

const sinceOf = ({ since }: CommandEnvelope) => (since ? { since } : {})

function frame(type: FrameType, key: ActorKey, at: Position, correlation: number, payload: unknown): Frame {
  return {
    type,
    // Pushes share one lane, so that events, presence and signals of an actor keep their order.
    lane: type === frameType.push ? 1 : 0,
    correlation,
    epoch: at.epoch,
    seq: at.seq,
    deadlineMs: 0,
    key,
    payload: payload === null ? nothing : Buffer.from(JSON.stringify(payload)),
  }
}
