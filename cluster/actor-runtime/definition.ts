import type { ErrorCode } from '../../protocol/errors.ts'
import type { ActorKey, CommandId, SessionId } from '../../protocol/ids.ts'
import type { CommandClass } from './waiting-line.ts'

export type { CommandClass }

/** A rule's answer to a command: a value, or a refusal. A refusal is data, never a throw. */
export type Reply = { readonly ok: unknown } | { readonly reject: ErrorCode; readonly data?: Record<string, unknown> }

/** Something to send to sockets: to every attached session, or to the ones named. `body` is opaque to the engine. */
export interface Push {
  readonly to: 'all' | readonly SessionId[]
  readonly body: unknown
}

/**
 * What a command comes to, as data. The runtime carries it out in one order for all actors: deadline of the lease,
 * evolve, append behind the fence, and only after the commit reply and pushes.
 */
export interface Decision<Event, Change> {
  /** Durable facts, journaled together under the command's id. Empty for class B and C, reads and refusals. */
  readonly events: readonly Event[]
  /** Volatile facts: applied to memory, never journaled, lost in a crash. */
  readonly changes: readonly Change[]
  readonly reply: Reply
  /** Directed and volatile pushes. Durable events are pushed to everyone by the runtime itself. */
  readonly pushes: readonly Push[]
}

/** Facts of the outer world that a decision may lean on. */
export interface DecideContext {
  readonly key: ActorKey
  /** Unix time in ms, read once per command. */
  readonly nowMs: number
  /** Of this life of the actor; 0 where none is under way and the command only reads. */
  readonly epoch: number
  /** Under which the command came: the same again where it was sent again. */
  readonly commandId: CommandId
}

/** Where and when an event was journaled. */
export interface EventContext {
  readonly key: ActorKey
  readonly epoch: number
  readonly seq: number
  /** The event's place among those of its entry, from 0. */
  readonly part: number
  /** The journal row's time, Unix ms. */
  readonly atMs: number
}

/**
 * A kind of actor: pure functions only. `State` holds durable and volatile facts together; `toSnapshot` keeps the durable
 * ones. No function here reads a clock, makes randomness, or throws for a refusal.
 */
export interface ActorDefinition<State, Command, Event, Change, Write> {
  /** The part of the key in front of the colon. */
  readonly kind: string
  /** Checks what came over the wire. Throws AppError. */
  decodeCommand(raw: unknown): Command
  /** What a command is worth before it is read, when not all can be taken. Must not throw. Absent: all are class A. */
  classOf?(raw: unknown): CommandClass
  /** Reads a journaled event, of this version or an older one. Throws when it can't: the actor then refuses to start. */
  decodeEvent(raw: unknown): Event
  initial(key: ActorKey): State
  decide(state: State, command: Command, context: DecideContext): Decision<Event, Change>
  /** Takes stored facts only, so it never refuses. Returns a new state; the old one stays valid. */
  evolve(state: State, event: Event, context: EventContext): State
  applyChange(state: State, change: Change): State
  toSnapshot(state: State): unknown
  fromSnapshot(key: ActorKey, raw: unknown): State
  /** Rows of the record that are written in the same transaction as the event. `after` is the state after it. */
  writes(event: Event, after: State, context: EventContext): readonly Write[]
  /**
   * The answer as its asker is told it, with what the state behind the command adds; `state` is that of now where an earlier answer
   * is given again. An answer is remembered and journaled as it was decided, once for each command: what grows with the state has
   * no place in it. Absent: as it was decided.
   */
  tell?(reply: unknown, state: State): unknown
  /** What sockets are told of an event; null for nothing. `after` is the state after it. */
  publish(event: Event, after: State, context: EventContext): unknown
  /** The first frame for a session that was attached: the whole state as that session may see it. */
  welcome(state: State, session: SessionId): unknown
  /**
   * What no event tells, such as flags: sent beside the events that an attached session missed, in the place of `welcome`.
   * Where it is absent, every session gets the whole state.
   */
  beside?(state: State, session: SessionId): unknown
  /**
   * Bodies of pushes to that session which it may not have heard: sent again, in this order, behind its first push. Absent: none.
   */
  unheard?(state: State, session: SessionId): readonly unknown[]
  /** The next moment something becomes due, Unix ms; null when nothing will. The runtime then sends `wakeCommand`. */
  nextWakeAtMs(state: State): number | null
  readonly wakeCommand: Command
  /** What the runtime tells the actor when the connection that carried a session is gone. */
  detachCommand(session: SessionId): Command
  /**
   * What the runtime tells a fresh activation before anything else, or null: the moment from which seats without a
   * connection begin to lapse.
   */
  activatedCommand(nowMs: number): Command | null
  /** Nothing here would be missed if the actor left memory: no seat, nobody to tell. Deadlines alone do not keep it. */
  mayRest(state: State): boolean
  /** The region that the actor is for; null, or absent, for any. Once it has one it keeps it. */
  homeRegion?(state: State): string | null
  /** Numbers for metrics, such as `{ active_rooms: 1, active_participants: 12 }`; summed over a process. */
  gauges(state: State): Readonly<Record<string, number>>
  /** Counters that an event raises, such as `['rooms_created']`. */
  counts(event: Event): readonly string[]
}

/** Any definition, where the engine handles several kinds at once. */
// The five parameters are invariant; only the cell that owns one of each ever applies them together.
export type AnyDefinition<Write> = ActorDefinition<any, any, any, any, Write>
