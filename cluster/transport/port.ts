import type { ActorKey, Incarnation, ProcessId } from '../../protocol/ids.ts'
import type { Life, Member, ProcessRole } from '../membership/port.ts'

/** Frame types. FROZEN: the number is the wire value. */
export const frameType = {
  hello: 1,
  challenge: 2,
  welcome: 3,
  ping: 4,
  pong: 5,
  command: 10,
  result: 11,
  push: 12,
  /** The sender does not own the actor (any more); the payload may name who does. Answers a command. */
  notOwner: 13,
  /** The sender gave the actor up; sessions have to be attached to the new owner. Answers nothing. */
  dropped: 14,
  /** The actor is the receiver's under this epoch: its last owner gives it. Between nodes; answers nothing. */
  handOver: 15,
  /** The actor went from the sender to the owner that the payload names. Answers nothing. */
  moved: 16,
  /** What an operator's tool asks of a node; answered by `controlled`. */
  control: 17,
  controlled: 18,
  /** For what lives beside an actor: to its owner, or from there to a process that carries its sessions. Answers nothing. */
  datagram: 19,
  /** The sender has no such actor, or nothing beside it: a datagram for it went nowhere. */
  stray: 20,
} as const
export type FrameType = (typeof frameType)[keyof typeof frameType]

/** One frame between two processes. */
export interface Frame {
  readonly type: FrameType
  /** 0 goes first: control, class A and its answers. 1: class B and C. Order holds within a lane only. */
  readonly lane: 0 | 1
  /** Ties an answer to its command; 0 where there is none. u32. */
  readonly correlation: number
  /** Epoch of the sender's actor; 0 where it does not apply. u32. */
  readonly epoch: number
  /**
   * Last journaled seq of the actor; of a command, when its sender sent it, by a clock of its own in ms. 0 where it does not
   * apply, or is not told. u48 fits a JavaScript number.
   */
  readonly seq: number
  /** Budget left in ms, commands only. u16; 0 means none. */
  readonly deadlineMs: number
  /** Empty string for control frames. */
  readonly key: ActorKey | ''
  /** JSON as UTF-8; empty for ping and pong. At most 1 MiB. */
  readonly payload: Uint8Array
}

export interface PeerIdentity {
  readonly process: ProcessId
  readonly incarnation: Incarnation
  readonly role: ProcessRole
}

/**
 * An authenticated, ordered link to one incarnation of one process. Frames written in one turn of the loop leave in one
 * gathered write.
 */
export interface PeerLink {
  readonly peer: PeerIdentity
  /** Version of the wire protocol that both ends speak on it: the highest that both know. */
  readonly protocol: number
  /** The node whose passage it runs through; null where it runs straight. The peer does not know, and need not. */
  readonly via: ProcessId | null
  /** False: the frame was not taken, since the link is closed or 4 MiB wait on it (lane 1 only; lane 0 closes at 16 MiB). */
  send(frame: Frame): boolean
  /** No pong for four beats of 250 ms: still open, but ask elsewhere. */
  isSuspect(): boolean
  /** More than 4 MiB have waited on it, and it is not down to 1 MiB again: what can wait elsewhere should. */
  isCongested(): boolean
  /** Told each time a congested link is down to 1 MiB. */
  onRelief(listener: () => void): void
  onFrame(listener: (frame: Frame) => void): void
  onClose(listener: (reason: string) => void): void
  close(reason: string): void
}

/** Why a node lets a process that it knows through to another, or does not. */
export type PassageAnswer = 'open' | 'not_live' | 'busy'

/** Who may be let through to whom. */
export interface PassagePolicy {
  /** The member that holds a lease in that life; null where there is none, or where it is nobody to be let through to. */
  find(life: Life): Member | null
  readonly observer?: PassageObserver
}

/** What comes of passages, for metrics. */
export interface PassageObserver {
  opened(): void
  closed(): void
  refused(why: Exclude<PassageAnswer, 'open'>): void
  carried(bytes: number): void
}

/** Why a dial failed. Only `refused` says that the process is gone: its host answered, the port is closed. */
export class DialError extends Error {
  readonly reason: 'refused' | 'timeout' | 'wrong_incarnation' | 'not_authentic' | 'protocol' | 'no_passage' | 'other'
  constructor(reason: DialError['reason'], options?: ErrorOptions) {
    super(`dial failed: ${reason}`, options)
    this.name = 'DialError'
    this.reason = reason
  }
}

export interface Transport {
  /** Connects to exactly that incarnation within `timeoutMs`. Rejects with DialError. */
  dial(target: Member, timeoutMs: number): Promise<PeerLink>
  /**
   * The same by way of a node, which carries the bytes and understands none: the hand-shake is with the target, from end to end.
   * Rejects with DialError, `protocol` where the node knows of no passages, `no_passage` where it gives none.
   */
  dialThrough(way: Member, target: Member, timeoutMs: number): Promise<PeerLink>
  /** Takes links until closed, and gives passages where it has a policy for them; resolves with the bound port. */
  listen(host: string, port: number, onLink: (link: PeerLink) => void, passages?: PassagePolicy): Promise<number>
  close(): Promise<void>
}
