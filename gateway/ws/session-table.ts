import type { Position } from '../../protocol/cluster/results.ts'
import type { LeaveReason } from '../../protocol/room/values.ts'
import type { ConnectionId, RoomId, SessionId, UserId } from '../../protocol/ids.ts'
import type { ParticipantFlags } from '../../protocol/room/commands.ts'
import { SignalHearing } from './signal-hearing.ts'
import { SignalOutbox } from './signal-outbox.ts'
import type { Transmit } from '../../protocol/room/transmit.ts'

/** Where a session's frames go. */
export interface SessionCarrier {
  readonly id: ConnectionId
  deliver(message: string | Uint8Array): void
  /** The session is over; the carrier drops it and tells its client. */
  sessionEnded(session: CarriedSession, reason: LeaveReason): void
  /** Another connection of this process carries the session now; the carrier forgets it and tells its client. */
  sessionTaken(session: CarriedSession): void
  /** The room of a session that leads told of something by which its holder may have lost the right to. */
  leadTouched(session: CarriedSession): void
}

/** One session that a connection of this gateway carries. */
export class CarriedSession {
  readonly id: SessionId
  readonly roomId: RoomId
  readonly userId: UserId
  readonly carrier: SessionCarrier
  /** The latest flags the client told, said again to every new owner. */
  flags: ParticipantFlags = {}
  /** The links that the room last chose for it; null where it chose none. Said again to every new owner. */
  links: readonly SessionId[] | null = null
  /** What it sent and nobody has confirmed. */
  signals = new SignalOutbox()
  /** What it was sent. */
  readonly hearing = new SignalHearing()
  /** How loud its client hears others, as it set it here. Said again to every new owner. */
  volumes: ReadonlyMap<UserId, number> | null = null
  /** Whom the microphone is for; null where its client never said. Said again to every new owner. */
  transmit: Transmit | null = null
  /** Its connection speaks from its room into others. */
  leads = false
  /** The room from which it speaks into its own; null where its holder is there. */
  readonly speaksFrom: RoomId | null
  #seen: Position
  #heard: Position | null

  /**
   * `seen`: the position of the answer that the client has of this room already. `heard`: where it says that it has heard
   * every event up to there.
   */
  constructor(
    ids: { id: SessionId; roomId: RoomId; userId: UserId; speaksFrom?: RoomId | null },
    carrier: SessionCarrier,
    seen: Position,
    heard: Position | null = null,
  ) {
    this.id = ids.id
    this.roomId = ids.roomId
    this.userId = ids.userId
    this.speaksFrom = ids.speaksFrom ?? null
    this.carrier = carrier
    this.#seen = seen
    this.#heard = heard
  }

  /** Up to where the client has heard every event of the room; null where its first push is still to come. */
  get heard(): Position | null {
    return this.#heard
  }

  /**
   * Takes note of a push's position. False: the client has seen a newer one, so it must not get this. Equal positions pass,
   * since volatile pushes share the position of the last durable one.
   */
  advance(at: Position): boolean {
    const { epoch, seq } = this.#seen
    if (at.epoch < epoch || (at.epoch === epoch && at.seq < seq)) return false
    this.#seen = { epoch: at.epoch, seq: at.seq }
    this.#heard = this.#seen
    return true
  }

  /** As `advance`, for events that the client may have heard already. */
  advanceToMissed(at: Position): boolean {
    return at.seq > (this.#heard?.seq ?? 0) && this.advance(at)
  }
}

/** Every session that this gateway carries. A session is carried by one connection at a time: the last to attach it. */
export class SessionTable {
  readonly #sessions = new Map<SessionId, CarriedSession>()

  get size(): number {
    return this.#sessions.size
  }

  get(id: SessionId): CarriedSession | undefined {
    return this.#sessions.get(id)
  }

  put(session: CarriedSession): void {
    this.#sessions.set(session.id, session)
  }

  /** Forgets it, unless another connection has taken it over. Says whether it was there. */
  remove(session: CarriedSession): boolean {
    if (this.#sessions.get(session.id) !== session) return false
    return this.#sessions.delete(session.id)
  }
}
