import type { CommandResult } from '../../protocol/cluster/results.ts'
import type { ActorKey, ProcessId, SessionId } from '../../protocol/ids.ts'
import type { AskOptions } from '../routing/port.ts'
import type { PeerIdentity } from '../transport/port.ts'

/**
 * What lives beside an actor for as long as a node has it: begun behind the activation, ended when the actor leaves the node, for
 * whatever reason. It is for what is too much and worth too little for commands: it takes datagrams, keeps its own time, and holds
 * nothing that may not be lost with the node. What it sends leaves only while the lease holds and the actor is here.
 */
export interface Resident {
  /**
   * A datagram for the actor: at most once each, in no order across senders, and only while the actor is here. The payload is a view
   * of what came over the link: copy what is to be kept.
   */
  onDatagram(payload: Uint8Array, from: PeerIdentity): void
  /** The actor's state is another one, and what led to it is committed. */
  onState(state: unknown): void
  /** Over, in silence: nothing that it sends from here on leaves. */
  end(): void
  /** Numbers for metrics, summed over a process with those of the actors. */
  gauges?(): Readonly<Record<string, number>>
}

/** What a resident has of the node. */
export interface ResidentContext {
  readonly key: ActorKey
  /** Of this life of the actor. */
  readonly epoch: number
  readonly process: ProcessId
  /** The state at the last commit. */
  state(): unknown
  /**
   * To the process that carries an attached session: over the link that its pushes go over. At most 64 KiB. False: it was not
   * taken, since nobody is attached under that name, the lease is gone, or (lane 1) too much waits on the link.
   */
  tell(session: SessionId, payload: Uint8Array, lane: 0 | 1): boolean
  /** To the owner of another actor, as the router's `datagram`. */
  send(key: ActorKey, payload: Uint8Array, lane: 0 | 1): boolean
  /** A command to another actor, as the router's `ask`. */
  ask(key: ActorKey, command: unknown, options: AskOptions): Promise<CommandResult>
}

/** Makes the resident of an actor: `HostDeps.residents` has one for each kind that has residents. */
export type BeginResident = (context: ResidentContext) => Resident
