import { decoder, parseJsonBytes } from '../../protocol/codec.ts'
import { ClientFrame, maxFrameBytes, type ServerFrame } from '../../protocol/client/frames.ts'
import { AppError, errorBody, errorRow, type ErrorCode } from '../../protocol/errors.ts'
import type { ConnectionId, RoomId, UserId } from '../../protocol/ids.ts'
import { isoTime } from '../../protocol/iso-time.ts'
import type { Cancel, Clock, Logger, Random, Timers } from '../../protocol/ports.ts'
import type { LeaveReason } from '../../protocol/room/values.ts'
import type { Authenticator, Caller, ResumeTokens } from '../auth/index.ts'
import type { Client } from '../client-address.ts'
import { limitsOfFrame, type Limits } from '../limits/index.ts'
import type { GatewayMetrics } from '../metrics.ts'
import { factsOf, type QualityReports } from '../quality/reports.ts'
import { isZoneFrame } from '../zone/client-frames.ts'
import { ZoneSeat, type ZoneFrame, type ZoneSeatDeps } from '../zone/zone-seat.ts'
import { Broadcasts } from './broadcasts.ts'
import { CarriedRooms, maxSessions, type CarriedRoomsDeps } from './carried-rooms.ts'
import type { ClientSocket } from './client-socket.ts'
import { frameWaitMs, fullBudget, spendFrame, type FrameBounds, type FrameBudget } from './frame-budget.ts'
import { RoomCommands, type RoomCommandsDeps, type RoomFrame } from './room-commands.ts'
import { RoomLanes } from './room-lanes.ts'
import type { CarriedSession, SessionCarrier } from './session-table.ts'

export interface ConnectionDeps extends CarriedRoomsDeps, RoomCommandsDeps {
  readonly auth: Authenticator
  readonly resumeTokens: ResumeTokens
  readonly limits: Limits
  /** What one socket may send, whatever the frames are. */
  readonly frameBounds: FrameBounds
  readonly clock: Clock
  readonly timers: Timers
  readonly random: Random
  readonly logger: Logger
  readonly metrics: GatewayMetrics
  readonly quality: QualityReports
  readonly zones: ZoneSeatDeps['zones']
}

/** Commands that may wait for an answer at once; above it TOO_MANY_IN_FLIGHT. */
export const maxInFlight = 32
/** A client that has not said hello by then is closed. */
export const helloTimeoutMs = 5_000
/** Least traffic: a socket silent for three of these is closed. */
export const heartbeatMs = 20_000
/** Frames that may wait while a hello is checked. */
const maxEarlyFrames = 32
/** A timer that is looked at again at least so often, since the wall clock may move and timers hold 24 days at most. */
const longestTimerMs = 3_600_000

const decodeFrame = decoder(ClientFrame)

/**
 * One client's connection.
 *
 * Modes, in order and never back:
 * - `greeting`: nobody is known yet. Only `hello` is understood; frames behind it wait while its token is checked.
 * - `open`: `caller` is known and their token has not expired. Frames are carried out.
 * - `closing`: the socket is gone or told to go. Nothing is sent; every session was given back to its room.
 *
 * Refused commands are error frames; the socket ends only for faults of the connection itself, and never because a room or
 * its node is in trouble. Nothing thrown in here leaves it.
 */
export class Connection implements SessionCarrier {
  /** Of this socket alone: rooms tell by it who carries a seat. */
  readonly id: ConnectionId
  /** What the client's commands are numbered under: the same again for one that resumes. */
  #source: ConnectionId
  readonly #deps: ConnectionDeps
  readonly #socket: ClientSocket
  readonly #carried: CarriedRooms
  readonly #broadcasts: Broadcasts
  readonly #commands: RoomCommands
  readonly #lanes = new RoomLanes()
  readonly #zone: ZoneSeat
  #mode: 'greeting' | 'open' | 'closing' = 'greeting'
  #caller: Caller | null = null
  #helloHeard = false
  #early: ArrayBuffer[] = []
  #inFlight = 0
  #budget: FrameBudget
  #cancelHello: Cancel
  #cancelExpiry: Cancel = () => undefined
  #cancelIce: Cancel = () => undefined

  constructor(deps: ConnectionDeps, socket: ClientSocket, client: Client) {
    this.id = deps.random.uuid() as ConnectionId
    this.#source = this.id
    this.#deps = deps
    this.#socket = socket
    this.#carried = new CarriedRooms(deps, this, (room) => this.#broadcasts.over(room))
    this.#broadcasts = new Broadcasts({
      ...{ rooms: deps.rooms, carried: this.#carried },
      caller: () => (this.#mode === 'closing' ? null : this.#caller),
      ended: (session) => this.#tellEnded(session, 'unlinked'),
    })
    this.#commands = new RoomCommands(deps, this.#carried, this.#broadcasts, this, client, () => this.#source)
    this.#zone = new ZoneSeat(
      { zones: deps.zones, clock: deps.clock, metrics: deps.metrics.zones },
      {
        tell: (frame) => this.#send(frame),
        show: (frame) => this.#show(frame),
        waitingBytes: () => socket.waitingBytes(),
        close: (code) => this.close(code),
      },
    )
    this.#budget = fullBudget(deps.frameBounds, deps.clock.monotonicMs())
    this.#cancelHello = deps.timers.after(helloTimeoutMs, () => this.close('HELLO_TIMEOUT'))
  }

  /** Takes one message. The bytes are read before it returns. */
  receive(bytes: ArrayBuffer, isBinary = false): void {
    if (this.#mode === 'closing') return
    const zoneFrame = isBinary ? new Uint8Array(bytes) : null
    if (zoneFrame && isZoneFrame(zoneFrame)) {
      this.#receiveBinary(zoneFrame)
      return
    }
    const step = spendFrame(this.#budget, this.#deps.frameBounds, this.#deps.clock.monotonicMs())
    this.#budget = step.budget
    if (step.verdict === 'flooding') this.close('FLOODING')
    else if (this.#mode === 'greeting' && this.#helloHeard) {
      if (this.#early.length >= maxEarlyFrames) this.close('HELLO_EXPECTED')
      else this.#early.push(bytes.slice(0))
    } else this.#read(bytes, step.verdict === 'over')
  }

  /** A frame of a zone, which has a budget of its own. Who has not been welcomed yet is in no zone. */
  #receiveBinary(bytes: Uint8Array): void {
    if (this.#mode === 'greeting' && !this.#helloHeard) {
      this.close('HELLO_EXPECTED')
      return
    }
    try {
      if (this.#zone.receive(bytes) === 'flooding') this.close('FLOODING')
    } catch (error) {
      this.#deps.metrics.frameReceived('refused')
      if (this.#mode === 'open') this.#refuse(error, {})
    }
  }

  /** A frame over the budget is read as far as the client needs it to know which one was refused. */
  #read(bytes: ArrayBuffer, isOver: boolean): void {
    let raw: unknown
    try {
      raw = parseJsonBytes(bytes)
      if (isOver) throw this.#overBudget()
      const frame = decodeFrame(raw)
      this.#deps.metrics.frameReceived(frame.type)
      this.#take(frame)
    } catch (error) {
      this.#deps.metrics.frameReceived('refused')
      if (this.#mode === 'greeting') this.close('HELLO_EXPECTED')
      else this.#refuse(error, idsOf(raw))
    }
  }

  /** Ends the connection: an error frame, then a close frame with the code of the table. */
  close(code: ErrorCode): void {
    if (this.#mode === 'closing') return
    const frame = this.#errorFrame(new AppError(code), {})
    // A client that cannot keep up would get this behind everything it cannot take.
    if (code !== 'SLOW_CONSUMER') this.#socket.send(JSON.stringify(frame))
    this.#deps.metrics.refused(code)
    this.#end()
    this.#socket.end(errorRow(code).ws ?? (errorRow(code).retry ? 1013 : 1011), code)
  }

  /** Revocations came: ends the connection where its token is taken no more. */
  recheck(): void {
    if (this.#caller && this.#deps.auth.isRevoked(this.#caller)) this.close('TOKEN_REVOKED')
  }

  /** What is for this connection's user, of no room. Before the client has said who it is there is nobody to tell. */
  tell(messages: ReadonlyMap<UserId, readonly string[]>): void {
    if (this.#mode !== 'open' || !this.#caller) return
    for (const message of messages.get(this.#caller.userId) ?? []) this.deliver(message)
  }

  /** The socket is gone. */
  closed(): void {
    this.#end()
  }

  deliver(message: string | Uint8Array): void {
    if (this.#mode === 'closing') return
    if (this.#socket.send(message) === 'behind') this.close('SLOW_CONSUMER')
  }

  sessionEnded(session: CarriedSession, reason: LeaveReason): void {
    this.#carried.drop(session, reason === 'replaced')
    // By the same seat on another connection, which takes what speaks from it too; or by another seat.
    if (reason === 'replaced') this.#broadcasts.replaced(session)
    this.#tellEnded(session, reason)
  }

  sessionTaken(session: CarriedSession): void {
    this.#carried.forget(session, true)
    this.#tellEnded(session, 'replaced')
  }

  leadTouched({ roomId }: CarriedSession): void {
    this.#broadcasts.recheck(roomId)
  }

  #tellEnded({ roomId, id }: CarriedSession, reason: LeaveReason): void {
    this.#send({ type: 'session_ended', room_id: roomId, session_id: id, reason })
  }

  #take(frame: ClientFrame): void {
    if (this.#mode === 'open' && this.#caller) {
      this.#carryOut(frame, this.#caller)
      return
    }
    if (frame.type !== 'hello') throw new AppError('HELLO_EXPECTED')
    this.#helloHeard = true
    void this.#greet(frame.token, frame.resume_token)
  }

  async #greet(token: string, resumeToken: string | undefined): Promise<void> {
    try {
      const caller = await this.#deps.auth.verify(token)
      if (this.#mode === 'greeting') this.#open(caller, resumeToken)
    } catch (error) {
      this.close(this.#codeOf(error))
    }
  }

  /** A resume token that does not count is no fault: the client begins a new connection, and is told so. */
  #open(caller: Caller, resumeToken: string | undefined): void {
    const resumed = resumeToken === undefined ? null : this.#deps.resumeTokens.read(resumeToken, caller.userId)
    this.#source = resumed ?? this.#source
    this.#mode = 'open'
    this.#cancelHello()
    this.#becomes(caller)
    if (!this.#isOpen()) return
    this.#send({
      type: 'welcome',
      connection_id: this.#source,
      user_id: caller.userId,
      resume_token: this.#deps.resumeTokens.issue(this.#source, caller.userId),
      resumed: resumed !== null,
      heartbeat_ms: heartbeatMs,
      ...this.#deps.ice.serversFor(caller.userId),
      limits: { frame_bytes: maxFrameBytes, in_flight: maxInFlight, sessions: maxSessions },
    })
    this.#renewIceLater()
    const early = this.#early
    this.#early = []
    // `closing` meanwhile: one of them may have ended it.
    for (const bytes of early) if (this.#isOpen()) this.#read(bytes, false)
  }

  #carryOut(frame: ClientFrame, caller: Caller): void {
    switch (frame.type) {
      case 'hello':
        throw new AppError('VALIDATION_FAILED', { field: 'type', problem: 'hello was said already' })
      case 'ping':
        this.#send({ type: 'pong' })
        return
      case 'link':
        this.#hearLink(frame)
        return
      case 'signal_ack':
        this.#hearAck(frame)
        return
      case 'quality':
        this.#hearQuality(frame)
        return
      case 'zone_enter':
      case 'zone_leave':
      case 'zone_signal':
      case 'zone_positions':
        this.#track(() => this.#guarded({ id: frame.id }, () => this.#askZone(frame)))
        return
      case 'reauth':
        this.#track(() => this.#guarded(frame, () => this.#reauth(frame, caller.userId)))
        return
      case 'join':
      case 'attach':
      case 'leave':
      case 'signal':
      case 'set_flags':
      case 'transmit':
      case 'set_volume':
      case 'mute':
      case 'unmute':
      case 'deafen':
      case 'undeafen':
      case 'kick':
      case 'ban':
      case 'unban':
      case 'mute_all':
      case 'unmute_all':
      case 'set_role':
      case 'transfer_ownership':
      case 'request_to_speak':
      case 'withdraw_request':
      case 'invite_to_stage':
      case 'accept_stage_invite':
      case 'decline_stage_invite':
      case 'leave_stage':
      case 'remove_from_stage':
      case 'grant_voice':
      case 'revoke_voice':
      case 'create_invite':
      case 'accept_invite':
        this.#track(() => this.#lanes.run(frame.room_id, () => this.#guarded(frame, () => this.#ask(frame))))
    }
  }

  #hearLink({ room_id: roomId, state }: Extract<ClientFrame, { type: 'link' }>): void {
    const session = this.#carried.get(roomId)
    if (!session) return
    this.#deps.metrics.linkChanged(state)
    if (state !== 'closed') this.#deps.calls.link(factsOf(session), state)
  }

  #hearAck({
    room_id: roomId,
    from_session: from,
    signal_seq: seq,
  }: Extract<ClientFrame, { type: 'signal_ack' }>): void {
    const session = this.#carried.get(roomId)
    if (session?.hearing.confirm(from, seq)) this.#deps.acks.note(session)
  }

  #hearQuality({ type: _, room_id: roomId, ...report }: Extract<ClientFrame, { type: 'quality' }>): void {
    const session = this.#carried.get(roomId)
    if (session) this.#deps.quality.hear(factsOf(session), report)
  }

  /** Counts a command as in flight until its work has ended, which must not reject. */
  #track(work: () => Promise<void>): void {
    if (this.#inFlight >= maxInFlight) throw new AppError('TOO_MANY_IN_FLIGHT', { limit: maxInFlight })
    this.#inFlight += 1
    void work().then(() => (this.#inFlight -= 1))
  }

  /** Never rejects: what was thrown becomes an error frame. */
  async #guarded(frame: { readonly id: number; readonly room_id?: RoomId }, work: () => Promise<void>): Promise<void> {
    try {
      await work()
    } catch (error) {
      this.#refuse(error, frame)
    }
  }

  async #ask(frame: RoomFrame): Promise<void> {
    // Read now, not when the frame came: a command behind a reauth runs with the newer rights.
    const caller = this.#caller
    if (this.#mode === 'closing' || !caller) return
    for (const name of limitsOfFrame(caller, frame)) {
      const { error } = this.#deps.limits.note(name, { user: caller.userId, room: frame.room_id })
      if (error) throw error
    }
    await this.#commands.carryOut(frame, caller, ({ status, at, value }) =>
      this.#send({ type: 'reply', id: frame.id, status, value, room_id: frame.room_id, epoch: at.epoch, seq: at.seq }),
    )
  }

  async #askZone(frame: ZoneFrame): Promise<void> {
    const caller = this.#caller
    if (this.#mode === 'closing' || !caller) return
    for (const name of limitsOfFrame(caller, frame)) {
      // A zone has budgets as a room has.
      const { error } = this.#deps.limits.note(name, {
        user: caller.userId,
        room: frame.zone_id as string as RoomId,
      })
      if (error) throw error
    }
    await this.#zone.carryOut(frame, caller, (value) =>
      this.#send({ type: 'reply', id: frame.id, status: 'accepted', value, zone_id: frame.zone_id }),
    )
  }

  async #reauth(frame: { readonly id: number; readonly token: string }, user: UserId): Promise<void> {
    const caller = await this.#deps.auth.verify(frame.token)
    if (caller.userId !== user) throw new AppError('TOKEN_INVALID', { problem: 'the token is of another user' })
    if (this.#mode !== 'open') return
    this.#becomes(caller)
    if (!this.#isOpen()) return
    this.#send({
      type: 'reauthenticated',
      id: frame.id,
      expires_at: isoTime(caller.expiresAtMs),
      resume_token: this.#deps.resumeTokens.issue(this.#source, caller.userId),
    })
  }

  #overBudget(): AppError {
    this.#deps.metrics.limitDecided('socket_frames', 'limited')
    const retryMs = frameWaitMs(this.#budget, this.#deps.frameBounds)
    return new AppError('RATE_LIMITED', { limit: 'socket_frames', retry_after_ms: retryMs })
  }

  #isOpen(): boolean {
    return this.#mode === 'open'
  }

  #becomes(caller: Caller): void {
    this.#caller = caller
    this.#cancelExpiry()
    this.#watchExpiry(caller)
    // Revoked since it was verified, for all one can know.
    this.recheck()
  }

  /** Credentials of TURN end while the connection lasts: the client has the next ones before. */
  #renewIceLater(): void {
    const { ice, timers } = this.#deps
    if (ice.renewAfterMs === null) return
    this.#cancelIce = timers.after(Math.min(ice.renewAfterMs, longestTimerMs), () => {
      if (!this.#caller) return
      this.#send({ type: 'ice_servers', ...ice.serversFor(this.#caller.userId) })
      this.#renewIceLater()
    })
  }

  #watchExpiry(caller: Caller): void {
    const leftMs = caller.expiresAtMs - this.#deps.clock.wallMs()
    if (leftMs <= 0) {
      this.close('TOKEN_EXPIRED')
      return
    }
    this.#cancelExpiry = this.#deps.timers.after(Math.min(leftMs, longestTimerMs), () => this.#watchExpiry(caller))
  }

  #end(): void {
    if (this.#mode === 'closing') return
    this.#mode = 'closing'
    this.#cancelHello()
    this.#cancelExpiry()
    this.#cancelIce()
    this.#early = []
    this.#zone.end()
    this.#carried.end()
  }

  #send(frame: ServerFrame): void {
    this.deliver(JSON.stringify(frame))
  }

  #show(bytes: Uint8Array): void {
    if (this.#mode === 'closing') return
    if (this.#socket.sendBinary(bytes) === 'behind') this.close('SLOW_CONSUMER')
  }

  #refuse(error: unknown, ids: { readonly id?: number; readonly room_id?: RoomId }): void {
    this.#deps.metrics.refused(this.#codeOf(error))
    this.#send(this.#errorFrame(error, ids))
  }

  #errorFrame(error: unknown, ids: { readonly id?: number; readonly room_id?: RoomId }): ServerFrame {
    const body = errorBody(error, ids.id === undefined ? this.#source : `${this.#source}/${ids.id}`)
    return {
      type: 'error',
      ...(ids.id === undefined ? {} : { id: ids.id }),
      ...(ids.room_id === undefined ? {} : { room_id: ids.room_id }),
      retry: errorRow(body.code).retry,
      error: body,
    }
  }

  #codeOf(error: unknown): ErrorCode {
    if (error instanceof AppError) return error.code
    this.#deps.logger.error({ connection_id: this.id, err: error }, 'socket.failed')
    return 'INTERNAL'
  }
}

/** What of a frame that was not understood tells the client which one it was. */
function idsOf(raw: unknown): { readonly id?: number; readonly room_id?: RoomId } {
  if (typeof raw !== 'object' || raw === null) return {}
  const { id, room_id: room } = raw as { readonly id?: unknown; readonly room_id?: unknown }
  return {
    ...(Number.isSafeInteger(id) ? { id: id as number } : {}),
    ...(typeof room === 'string' && room.length <= 64 ? { room_id: room as RoomId } : {}),
  }
}
