import { detaching, type ActorRouter } from '../../cluster/routing/port.ts'
import type { Position } from '../../protocol/cluster/results.ts'
import { AppError, errorRow } from '../../protocol/errors.ts'
import { commandId, roomKey, type CommandId, type RoomId, type SessionId, type UserId } from '../../protocol/ids.ts'
import type { Logger, Random } from '../../protocol/ports.ts'
import type { LeaveReason } from '../../protocol/room/values.ts'
import type { GatewayMetrics } from '../metrics.ts'
import type { Rooms } from '../rooms.ts'
import type { SignalAcks } from './signal-acks.ts'
import type { HeardSignal } from './signal-hearing.ts'
import { TransmitTarget } from './transmit-target.ts'
import { CarriedSession, type SessionCarrier, type SessionTable } from './session-table.ts'

export interface CarriedRoomsDeps {
  readonly rooms: Rooms
  readonly router: ActorRouter
  readonly sessions: SessionTable
  readonly random: Random
  readonly logger: Logger
  readonly acks: SignalAcks
  readonly metrics: GatewayMetrics
}

/** Rooms that one connection may carry. */
export const maxSessions = 16

/** A session of which the router need not mind the epoch, since the command that subscribes it is under way. */
const subscribing = Number.MAX_SAFE_INTEGER
/** A session that no life of the room knows of: the router attaches it. */
const unattached = 0

/**
 * The sessions of one connection, at most one a room. A session is announced to its room by `attach`, which makes its
 * pushes come here; the router says it again to every new owner. When the connection goes, the room is told by `detach`:
 * the others see at once that nobody is behind the seat. Both name the connection, since the client may be on another
 * gateway long before this one notices that its old socket is dead.
 */
export class CarriedRooms {
  readonly #deps: CarriedRoomsDeps
  readonly #carrier: SessionCarrier
  readonly #forgotten: (room: RoomId) => void
  readonly #sessions = new Map<RoomId, CarriedSession>()
  /** Rooms being joined or attached: they count against the bound too. */
  readonly #claimed = new Set<RoomId>()
  /** Which of the rooms hears the microphone. */
  readonly target = new TransmitTarget()
  #ended = false

  /** `forgotten` hears of each room that the client is in no more by this connection, unless it is by another one. */
  constructor(deps: CarriedRoomsDeps, carrier: SessionCarrier, forgotten: (room: RoomId) => void) {
    this.#deps = deps
    this.#forgotten = forgotten
    this.#carrier = carrier
  }

  get(room: RoomId): CarriedSession | undefined {
    return this.#sessions.get(room)
  }

  /** The sessions carried beside that one. */
  others(than: CarriedSession): readonly CarriedSession[] {
    return [...this.#sessions.values()].filter((session) => session !== than)
  }

  /** The sessions with which the connection speaks from that room into others. */
  speakingFrom(room: RoomId): readonly CarriedSession[] {
    return [...this.#sessions.values()].filter(({ speaksFrom }) => speaksFrom === room)
  }

  /** The session carried for this room. Throws SESSION_NOT_FOUND. */
  require(room: RoomId): CarriedSession {
    const session = this.#sessions.get(room)
    if (!session) throw new AppError('SESSION_NOT_FOUND')
    return session
  }

  /** Does work that leads to a session in this room. Throws TOO_MANY_SESSIONS where there is no place for one. */
  async claiming<Value>(room: RoomId, work: () => Promise<Value>): Promise<Value> {
    const others = new Set([...this.#sessions.keys(), ...this.#claimed])
    others.delete(room)
    if (others.size >= maxSessions) throw new AppError('TOO_MANY_SESSIONS', { limit: maxSessions })
    this.#claimed.add(room)
    try {
      return await work()
    } finally {
      this.#claimed.delete(room)
    }
  }

  /**
   * Carries a seat that a join has just made, and announces it. Where the room cannot be reached now, the router goes on
   * trying; where it refuses, the client is told that the session ended. A join that is sent again after a resume leads to
   * a seat that the old socket may still carry.
   */
  async carryNew(session: CarriedSession): Promise<void> {
    if (this.#ended || this.#sessions.get(session.roomId)?.id === session.id) return
    const before = this.#deps.sessions.get(session.id)
    this.#put(session, subscribing)
    try {
      await this.#announce(session)
    } catch (error) {
      this.#announceFailed(session, error)
    } finally {
      before?.carrier.sessionTaken(before)
    }
  }

  /**
   * Carries on with a seat of this user that another connection, or none, carried. Answers as the room did; throws its
   * refusal, and nothing is carried then. `since`: up to where the client has heard every event; `heard`: the same of signals.
   */
  async takeOver(
    ids: {
      readonly id: SessionId
      readonly roomId: RoomId
      readonly userId: UserId
      readonly speaksFrom: RoomId | null
    },
    since: Position | null,
    heard: readonly HeardSignal[],
  ) {
    const { sessions } = this.#deps
    const session = new CarriedSession(ids, this.#carrier, { epoch: 0, seq: 0 }, since)
    const known = sessions.get(ids.id)
    session.flags = known?.flags ?? {}
    session.links = known?.links ?? null
    session.transmit = known?.transmit ?? null
    session.volumes = known?.volumes ?? null
    session.signals = known?.signals ?? session.signals
    session.hearing.begin(heard)
    await this.#takeOff(session)
    const before = sessions.get(ids.id)
    this.#put(session, subscribing)
    try {
      return await this.#announce(session)
    } catch (error) {
      this.drop(session)
      throw error
    } finally {
      // Either way it is not carried there any more.
      if (before && before.carrier !== this.#carrier) before.carrier.sessionTaken(before)
    }
  }

  /** Off this process's list first: a session that is on it already would get no snapshot. */
  async #takeOff(session: CarriedSession): Promise<void> {
    const options = { commandId: this.ownCommand(session.id), unsubscribe: session.id }
    try {
      await this.#deps.rooms.ask(session.roomId, attachCommand(session), options)
      if (this.#ended) throw new AppError('RETRY_LATER')
    } catch (error) {
      // The room may take this connection for the carrier by now, and would wait for it for ever.
      if (!(error instanceof AppError) || errorRow(error.code).retry) this.#detach(session)
      throw error
    }
  }

  /** Lets go of a session, and has the room send it nothing more. */
  drop(session: CarriedSession, isTaken = false): void {
    if (this.forget(session, isTaken)) this.#detach(session)
  }

  /**
   * Nobody waits for the outcome, so the router has time: a room that did not hear it would show the session as connected
   * until this process goes, or the room is woken.
   */
  #detach(session: CarriedSession): void {
    void this.#deps.router.ask(roomKey(session.roomId), detachCommand(session), {
      commandId: this.ownCommand(session.id),
      unsubscribe: session.id,
      activate: false,
      ...detaching,
    })
  }

  /**
   * Lets go of a session that its room has let go of, or that another connection of this process carries now (`isTaken`): with it go, one by one,
   * those that only speak from its room.
   */
  forget(session: CarriedSession, isTaken = false): boolean {
    if (this.#sessions.get(session.roomId) === session) {
      this.#sessions.delete(session.roomId)
      this.target.left(session.roomId, this.#sessions.size)
      if (!isTaken) this.#forgotten(session.roomId)
    }
    if (!this.#deps.sessions.remove(session)) return false
    this.#deps.router.letGo(roomKey(session.roomId), session.id)
    return true
  }

  /** The connection is gone. */
  end(): void {
    this.#ended = true
    for (const session of [...this.#sessions.values()]) this.drop(session)
  }

  async #announce(session: CarriedSession) {
    const done = await this.#deps.rooms.ask(session.roomId, attachCommand(session), {
      commandId: this.ownCommand(session.id),
      subscribe: session.id,
      ...(session.heard ? { since: session.heard } : {}),
    })
    session.signals.countFrom(done.value.last_signal_seq)
    if (session.hearing.hasUnsaid) this.#deps.acks.note(session)
    if (this.#isCarried(session)) this.#hold(session, done.at.epoch)
    return done
  }

  #announceFailed(session: CarriedSession, error: unknown): void {
    if (!this.#isCarried(session)) return
    const code = error instanceof AppError ? error.code : 'INTERNAL'
    if (errorRow(code).retry) this.#hold(session, unattached)
    else this.#carrier.sessionEnded(session, reasonOf(code))
  }

  #put(session: CarriedSession, attachedEpoch: number): void {
    const before = this.#sessions.get(session.roomId)
    session.transmit ??= before?.transmit ?? this.target.ofNew(session)
    session.leads = this.speakingFrom(session.roomId).length > 0
    // In its place first: whoever takes a seat anew has not left the room.
    this.#sessions.set(session.roomId, session)
    if (before && before.id !== session.id) this.drop(before)
    this.#deps.sessions.put(session)
    this.#hold(session, attachedEpoch)
  }

  #hold(session: CarriedSession, attachedEpoch: number): void {
    const held = {
      reattach: () => {
        this.#deps.metrics.signalsResent(session.signals.unconfirmed.length)
        return attachCommand(session)
      },
      heardUpTo: () => session.heard,
      detach: () => detachCommand(session),
      onLost: (code: string) => {
        this.#deps.logger.info({ room_id: session.roomId, session_id: session.id, code }, 'session.lost')
        if (this.#isCarried(session)) this.#carrier.sessionEnded(session, reasonOf(code))
      },
    }
    this.#deps.router.hold(roomKey(session.roomId), session.id, held, attachedEpoch)
  }

  #isCarried(session: CarriedSession): boolean {
    return this.#deps.sessions.get(session.id) === session
  }

  /** One source a session, so that the router keeps a detach behind the attach before it. */
  ownCommand(session: SessionId): CommandId {
    return commandId(`carry:${session}`, this.#deps.random.uuid())
  }
}

const attachCommand = ({
  userId,
  id,
  flags,
  carrier,
  speaksFrom,
  links,
  transmit,
  volumes,
  signals: { unconfirmed },
}: CarriedSession) =>
  ({
    type: 'attach',
    user_id: userId,
    session_id: id,
    flags,
    connection_id: carrier.id,
    ...(speaksFrom ? { speaks_from: speaksFrom } : {}),
    ...(links ? { links: [...links] } : {}),
    ...(unconfirmed.length > 0 ? { unconfirmed } : {}),
    ...(transmit ? { transmit } : {}),
    ...(volumes ? { volumes: Array.from(volumes, ([user_id, volume]) => ({ user_id, volume })) } : {}),
  }) as const

const detachCommand = ({ id, carrier }: CarriedSession) =>
  ({ type: 'detach', session_id: id, connection_id: carrier.id }) as const

const reasonOf = (code: string): LeaveReason => {
  if (code === 'ROOM_CLOSED') return 'room_closed'
  return code === 'BANNED' ? 'banned' : 'lapsed'
}
