import type { CommandResult, Position } from '../../protocol/cluster/results.ts'
import type { ActorKey, CommandId, SessionId } from '../../protocol/ids.ts'

export interface AskOptions {
  /** Makes the command safe to send again: the router itself re-sends under the same id, to a new owner too. */
  readonly commandId: CommandId
  /** Budget in ms from now, 1,500 when not given; travels with the frame, and expired work is dropped before it runs. */
  readonly deadlineMs?: number
  /** On success this session's pushes come to this process from now on. */
  readonly subscribe?: SessionId
  /**
   * The last position that the subscribed session has heard of. Its first push is then what it missed, where the actor still
   * knows that, and the whole state otherwise.
   */
  readonly since?: Position
  /** After success this session's pushes stop. */
  readonly unsubscribe?: SessionId
  /** False: where nobody owns the actor, answer `retry_after` at once instead of waking it. Default true. */
  readonly activate?: boolean
  /** Where the actor would rather be, should it have to be loaded; for those who know. Default: anywhere. */
  readonly region?: string | null
}

/** How a session is taken off its actor: one that is not would be there until its process goes. */
export const detaching = { deadlineMs: 20_000 } as const

/** A push as it arrives at a process that carries sessions. */
export interface IncomingPush {
  readonly key: ActorKey
  readonly at: Position
  /** Sessions of this process it is for: already expanded, never empty. */
  readonly sessions: readonly SessionId[]
  readonly body: unknown
}

/** What was told to everyone at one position. */
export interface MissedEvents {
  readonly at: Position
  readonly events: readonly unknown[]
}

/**
 * The body of the pushes that the runtime makes itself. Everything else is an actor's own. A session's first push is a
 * `snapshot` or a `missed`; the latter holds everything told behind `since`, in order, and what no event tells.
 */
export type EnginePush =
  | { readonly type: 'events'; readonly events: readonly unknown[] }
  | { readonly type: 'snapshot'; readonly snapshot: unknown }
  /** In the place of a push that is larger than a frame between processes. */
  | { readonly type: 'too_large' }
  | {
      readonly type: 'missed'
      readonly since: Position
      readonly entries: readonly MissedEvents[]
      readonly beside: unknown
    }

/** How a process that holds sessions, or a tool, reaches actors. The only way to an actor. */
export interface ActorRouter {
  /** Never rejects for what the cluster does; every outcome is a CommandResult. */
  ask(key: ActorKey, command: unknown, options: AskOptions): Promise<CommandResult>
  /**
   * From now on the router keeps this session attached: whenever the actor gets a new owner it asks `reattach()` for a
   * command and sends it there, subscribing. `onLost` is told when the new owner refuses it for good. `attachedEpoch` is
   * the epoch of the answer to the command that subscribed the session, so that a life that began since is noticed; 0 has
   * it attached now. A session held before that command is sent, with any higher number, misses neither a push nor the
   * end of the life that answered.
   */
  hold(key: ActorKey, session: SessionId, held: HeldSession, attachedEpoch: number): void
  /** Ends `hold`. Does not tell the actor. */
  letGo(key: ActorKey, session: SessionId): void
  /** The owner as far as this process knows, without asking. */
  knownOwner(key: ActorKey): { readonly process: string; readonly epoch: number } | null
  /** Closes links and answers everything in flight with `unknown`. */
  close(): Promise<void>
}

export interface HeldSession {
  reattach(): unknown
  /** The last position that the session has heard of, asked together with `reattach`; null for none. */
  heardUpTo?(): Position | null
  /** What undoes `reattach`: sent when the session was let go while its reattach was under way. */
  detach?(): unknown
  onLost(code: string): void
}

/** Beside commands: what is worth no answer and no retry. */
export interface DatagramRouter {
  /**
   * To the owner of an actor, without an answer, a retry or a place in any order; at most 64 KiB. Nobody is woken for it. False: it
   * was not sent, since no owner is known (one is looked for, for the next), the link is not up, or (lane 1) too much waits on it.
   * True says nothing about its arrival. Lane 0 is for the few that matter, 1 for what the next one replaces.
   */
  datagram(key: ActorKey, payload: Uint8Array, lane: 0 | 1): boolean
}

/** A datagram as it arrives at a process that carries sessions: from the owner of that actor, under that epoch. */
export interface IncomingDatagram {
  readonly key: ActorKey
  readonly epoch: number
  readonly payload: Uint8Array
}
