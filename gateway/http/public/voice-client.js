// @ts-check
import { CommandError, Outbox } from './outbox.js'
import { HeardSignals } from './heard-signals.js'
import { applyFrame, emptyRoster } from './roster.js'
import { everyRoom, withoutRoom } from './target.js'

/** @typedef {import('../../../protocol/client/frames.ts').ServerFrame} ServerFrame */
/** @typedef {Extract<ServerFrame, { type: 'welcome' }>} Welcome */
/** @typedef {Extract<ServerFrame, { type: 'signal' }>} SignalFrame */
/** @typedef {Extract<ServerFrame, { type: 'hint' }>} HintFrame */
/** @typedef {Extract<ServerFrame, { type: 'zone_names' | 'zone_signal' | 'zone_event' | 'zone_left' }>} ZoneFrame */
/** @typedef {import('./outbox.js').Command} Command */
/** @typedef {import('./outbox.js').Reply} Reply */
/** @typedef {import('./roster.js').Roster} Roster */
/** @typedef {{ self_muted?: boolean, push_to_talk?: boolean, speaking?: boolean, hand_raised?: boolean, priority?: boolean }} Flags */
/** @typedef {import('../../../protocol/ids.ts').RoomId} RoomId */
/** @typedef {'idle' | 'connecting' | 'open' | 'waiting' | 'closed'} Mode */

/**
 * @typedef {object} Seat One room this client is in.
 * @property {string} roomId
 * @property {string | null} sessionId Null until the first join is answered.
 * @property {{ username?: string, password?: string, speaks_from?: string }} entry What to join with, should the seat be lost.
 * @property {Roster} roster
 * @property {number} epoch The highest heard of, by whatever frame.
 * @property {Flags} flags What the room is to know of us.
 * @property {Promise<unknown> | null} flagsUnderWay
 * @property {boolean} flagsChanged
 * @property {number} joinedAtMs
 * @property {HeardSignals} heard Of this session.
 */

/**
 * What a client tells whoever made it. Every call is made when the client's own state shows it already.
 * @typedef {object} Listener
 * @property {(mode: Mode, detail?: string) => void} [onMode]
 * @property {(roomId: string, before: Roster, after: Roster, frame: ServerFrame) => void} [onRoster]
 * @property {(roomId: string, epoch: number, before: number) => void} [onEpoch] The room has a new owner.
 * @property {(roomId: string, sessionId: string) => void} [onSession] The seat is held under this session id.
 * @property {(frame: SignalFrame) => void} [onSignal]
 * @property {(frame: HintFrame) => void} [onHint] What might help us hear.
 * @property {(roomId: string, endsAt: string) => void} [onRoomEnding] The room ends soon, at that time (ISO 8601).
 * @property {(frame: ZoneFrame) => void} [onZone] What the zone that was followed by its id says, but for the places.
 * @property {(frame: ArrayBuffer) => void} [onBinary] A binary frame of the zone one is in: docs/zone-frames.md.
 * @property {() => void} [onVolume] Somebody is louder or less loud than before.
 * @property {() => void} [onTarget] The microphone is for others than before.
 * @property {(roomId: string, reason: string) => void} [onEnded] The seat is lost and not coming back.
 */

const pingMs = 10_000
/** A gateway that does not answer a ping in this time is taken for gone. */
const pongMs = 8_000
const openMs = 8_000
/** For so long signals are collected before they are confirmed. */
const confirmMs = 1_000
/** A seat that lapsed sooner than this after its join is not joined again by itself. */
const rejoinAfterMs = 5_000
/** Close codes after which connecting again would end the same way. */
const finalCloseCodes = new Set([4400, 4401])

/**
 * A client of the socket, for any number of rooms over one connection.
 *
 * Modes:
 * - `idle`: not asked to connect yet.
 * - `connecting`: a socket is being opened, or its hello is not answered.
 * - `open`: welcomed; commands flow.
 * - `waiting`: the socket is gone, another is tried after a growing pause (0.25 to 5 s). Commands wait, seats are kept: the
 *   next connection attaches them before anything else is said to their rooms.
 * - `closed`: for good, by `close()` or because the gateway will not have this token.
 */
export class VoiceClient {
  /** @type {Mode} */
  mode = 'idle'
  /** Sockets made so far. As long as it stays the same, the socket is the same. */
  socketsMade = 0
  /** @type {Welcome | null} */
  welcome = null
  /** What the gateway told last, for RTCPeerConnection. @type {readonly import('../../../protocol/client/frames.ts').IceServer[]} */
  iceServers = []
  /** Hears of everything. @type {Listener} */
  listener = {}
  /** Whom the microphone is for. @type {import('./target.js').Target} */
  target = everyRoom
  /** Hear of one room each, and of the connection. @type {Map<string, Listener>} */
  #followers = new Map()

  /** @type {Map<string, Seat>} */
  #seats = new Map()
  #outbox = new Outbox()
  #url
  #token
  #openSocket
  /** @type {WebSocket | null} */
  #socket = null
  /** @type {((welcome: Welcome) => void)[]} */
  #onWelcome = []
  /** @type {((error: Error) => void)[]} */
  #onRefused = []
  #failures = 0
  #lastHeardMs = 0
  #lastError = ''
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #pump
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #retry
  /** @type {ReturnType<typeof setInterval> | undefined} */
  #beat
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #confirming

  /**
   * @param {{ url: string, token: string, openSocket?: (url: string) => WebSocket, listener?: Listener }} options
   */
  constructor({ url, token, openSocket = (address) => new WebSocket(address), listener = {} }) {
    this.#url = url
    this.#token = token
    this.#openSocket = openSocket
    this.listener = listener
  }

  /**
   * Tells that listener of this room or zone, and of the connection, until `unfollow`.
   * @param {string} roomId
   * @param {Listener} listener
   */
  follow(roomId, listener) {
    this.#followers.set(roomId, listener)
  }

  /**
   * Behind the last one nobody is told anything any more.
   * @param {string} roomId
   */
  unfollow(roomId) {
    this.#followers.delete(roomId)
    if (this.#followers.size === 0) this.listener = {}
  }

  /**
   * Connects, and from then on stays connected. Settles at the first welcome; fails if the gateway refuses the token or
   * `close()` is called before. A gateway that cannot be reached is tried on and on.
   * @returns {Promise<Welcome>}
   */
  connect() {
    if (this.mode === 'closed') return Promise.reject(new CommandError('CLOSED', 'The client is closed.'))
    if (this.mode === 'open' && this.welcome) return Promise.resolve(this.welcome)
    const welcomed = new Promise((resolve, reject) => {
      this.#onWelcome.push(resolve)
      this.#onRefused.push(reject)
    })
    if (this.mode === 'idle') this.#open()
    return welcomed
  }

  /**
   * Takes a seat in the room, and keeps it over lost connections until `leave`.
   * @param {string} roomId
   * @param {{ username?: string, password?: string, speaks_from?: string }} [entry] `speaks_from`: only to speak into it, from a room one is in.
   * @returns {Promise<Reply>}
   */
  async join(roomId, entry = {}) {
    const seat = this.#seats.get(roomId) ?? newSeat(roomId)
    seat.entry = entry
    this.#seats.set(roomId, seat)
    try {
      return await this.#joined(seat)
    } catch (error) {
      this.#seats.delete(roomId)
      throw error
    }
  }

  /** @param {string} roomId */
  async leave(roomId) {
    this.#seats.delete(roomId)
    this.#aim(withoutRoom(this.target, roomId, this.#seats.size))
    this.#outbox.release(roomId)
    this.#outbox.abandon(({ room_id: room }) => room === roomId, 'LEFT', 'The room was left.')
    return this.#command({ type: 'leave', room_id: roomId })
  }

  /**
   * @param {string} roomId
   * @param {string} userId
   * @param {number} [durationS] Seconds; absent is permanent.
   */
  mute(roomId, userId, durationS) {
    const duration = durationS === undefined ? {} : { duration: durationS }
    return this.#command({ type: 'mute', room_id: roomId, target_user_id: userId, ...duration })
  }

  /**
   * @param {string} roomId
   * @param {string} userId
   */
  unmute(roomId, userId) {
    return this.#command({ type: 'unmute', room_id: roomId, target_user_id: userId })
  }

  /**
   * Asks a room for anything else that docs/socket.md has a frame for.
   * @param {string} roomId
   * @param {Command} command Without `id` and `room_id`.
   */
  ask(roomId, command) {
    return this.#command({ ...command, room_id: roomId })
  }

  /**
   * Whom the microphone is for from now on: that room, `users` in it, nobody, or every room. It holds at once; where the room refuses
   * it, the target is again what it was.
   * @param {string} roomId
   * @param {'room' | 'whisper' | 'none' | 'all' | 'linked'} to `linked`: that room and those into which one speaks from it.
   * @param {readonly string[]} [users]
   */
  async transmit(roomId, to, users) {
    const before = this.target
    /** @type {import('./target.js').Target} */
    const target =
      to === 'whisper' ? { to, roomId, users: users ?? [] } : to === 'room' || to === 'linked' ? { to, roomId } : { to }
    this.#aim(target)
    try {
      return await this.#command({ type: 'transmit', room_id: roomId, to, ...(users ? { users } : {}) })
    } catch (error) {
      if (this.target === target) this.#aim(before)
      throw error
    }
  }

  /**
   * How loud we hear somebody, from now on. Nobody else is told.
   * @param {string} roomId
   * @param {string} userId
   * @param {number} volume Percent, 0 to 200.
   */
  setVolume(roomId, userId, volume) {
    const seat = this.#seats.get(roomId)
    if (seat) {
      const before = seat.roster
      seat.roster = { ...before, volumes: new Map(before.volumes).set(userId, volume) }
      for (const each of [this.listener, this.#followers.get(roomId)]) each?.onVolume?.()
    }
    return this.#command({ type: 'set_volume', room_id: roomId, target_user_id: userId, volume })
  }

  /**
   * What the room is to know of us. Only the latest counts: while one change is under way, those behind it become one.
   * @param {string} roomId
   * @param {Flags} flags
   */
  setFlags(roomId, flags) {
    const seat = this.#seats.get(roomId)
    if (!seat) return
    seat.flags = { ...seat.flags, ...flags }
    seat.flagsChanged = true
    this.#sendFlags(seat)
  }

  /**
   * @param {string} roomId
   * @param {string} toUser
   * @param {{ message_type: string, sdp?: string, candidate?: string, sdp_mid?: string, sdp_mline_index?: number }} message
   */
  signal(roomId, toUser, message) {
    return this.#command({ type: 'signal', room_id: roomId, to_user: toUser, ...message })
  }

  /**
   * Asks a zone for something: `zone_enter`, `zone_leave`, `zone_signal`. A zone is not kept over a lost connection: enter again.
   * @param {string} zoneId
   * @param {Command} command Without `id` and `zone_id`.
   */
  askZone(zoneId, command) {
    return this.#command({ ...command, zone_id: zoneId })
  }

  /**
   * Sends a binary frame of the zone one is in; lost if there is no connection right now.
   * @param {Uint8Array<ArrayBuffer>} frame
   */
  show(frame) {
    if (this.mode === 'open' && this.#socket?.readyState === 1) this.#socket.send(frame)
  }

  /**
   * Sends a frame that is not answered (`link`, `quality`); lost if there is no connection right now.
   * @param {Command} frame
   */
  tell(frame) {
    if (this.mode === 'open') this.#write(frame)
  }

  /** Ends the connection for good. Seats are not left: they lapse unless another connection attaches them. */
  close() {
    this.#closeFor('CLOSED', 'The connection was closed.')
  }

  /**
   * @param {string} roomId
   * @returns {Seat | undefined}
   */
  seat(roomId) {
    return this.#seats.get(roomId)
  }

  #open() {
    this.#setMode('connecting')
    this.socketsMade += 1
    const socket = this.#openSocket(this.#url)
    socket.binaryType = 'arraybuffer'
    this.#socket = socket
    const late = setTimeout(() => this.#lost(socket, 0), openMs)
    socket.addEventListener('open', () => {
      if (socket !== this.#socket) return
      const resume = this.welcome ? { resume_token: this.welcome.resume_token } : {}
      this.#write({ type: 'hello', token: this.#token, ...resume })
    })
    socket.addEventListener('message', ({ data }) => {
      if (socket !== this.#socket) return
      clearTimeout(late)
      if (data instanceof ArrayBuffer) this.#shown(data)
      else this.#heard(String(data))
    })
    socket.addEventListener('close', ({ code }) => {
      clearTimeout(late)
      this.#lost(socket, code)
    })
  }

  /**
   * @param {WebSocket} socket
   * @param {number} code
   */
  #lost(socket, code) {
    if (socket !== this.#socket) return
    this.#socket = null
    clearInterval(this.#beat)
    socket.close()
    if (finalCloseCodes.has(code)) {
      this.#closeFor('REFUSED', this.#lastError || 'The gateway refused the connection.')
      return
    }
    for (const room of this.#seats.keys()) this.#outbox.hold(room)
    // Half the pause is left to chance, so that a gateway that went away is not followed by everybody at once.
    const pauseMs = Math.min(5_000, 250 * 2 ** this.#failures) * (0.5 + 0.5 * Math.random())
    this.#failures += 1
    this.#setMode('waiting', `${(pauseMs / 1_000).toFixed(1)} s`)
    this.#retry = setTimeout(() => this.#open(), pauseMs)
  }

  /** @param {ArrayBuffer} frame */
  #shown(frame) {
    this.#lastHeardMs = performance.now()
    for (const each of [this.listener, ...this.#followers.values()]) each.onBinary?.(frame)
  }

  /** @param {string} data */
  #heard(data) {
    this.#lastHeardMs = performance.now()
    /** @type {ServerFrame} */
    const frame = JSON.parse(data)
    switch (frame.type) {
      case 'welcome':
        this.#welcomed(frame)
        return
      case 'reply':
        if (frame.room_id !== undefined) this.#mindEpoch(frame.room_id, frame.epoch ?? 0)
        this.#outbox.answered(frame)
        break
      case 'error':
        this.#lastError = frame.error.message
        this.#outbox.refused(frame, performance.now())
        break
      case 'snapshot':
      case 'caught_up':
      case 'events':
      case 'presence':
      case 'links':
        this.#mindEpoch(frame.room_id, frame.epoch)
        this.#apply(frame)
        return
      case 'signal':
        this.#signalled(frame)
        return
      case 'hint':
        this.#tell(frame.room_id, (each) => each.onHint?.(frame))
        return
      case 'room_ending':
        this.#tell(frame.room_id, (each) => each.onRoomEnding?.(frame.room_id, frame.ends_at))
        return
      case 'zone_names':
      case 'zone_signal':
      case 'zone_event':
      case 'zone_left':
        this.#tell(frame.zone_id, (each) => each.onZone?.(frame))
        return
      case 'session_ended':
        this.#ended(frame)
        return
      case 'ice_servers':
        this.iceServers = frame.ice_servers
        return
    }
    this.#flush()
  }

  /** @param {Welcome} frame */
  #welcomed(frame) {
    this.welcome = frame
    this.iceServers = frame.ice_servers
    this.#failures = 0
    this.#outbox.inFlightMax = Math.max(1, Math.floor(frame.limits.in_flight / 2))
    this.#outbox.abandon(({ type }) => type === 'attach', 'CONNECTION_LOST', 'The connection was lost.')
    // Numbers belong to a connection: only one that goes on knows what it carried out under them.
    if (frame.resumed) this.#outbox.resume()
    else this.#outbox.restart()
    this.#beat = setInterval(() => this.#ping(), Math.min(pingMs, frame.heartbeat_ms))
    this.#setMode('open')
    /** @type {Map<string, Promise<void>>} */
    const attached = new Map()
    for (const seat of this.#seats.values()) {
      if (seat.sessionId === null) this.#outbox.release(seat.roomId)
      // A seat that only speaks from another room needs that one on the connection. It was taken behind it, and stands behind it here.
      else attached.set(seat.roomId, this.#attach(seat, attached.get(seat.entry.speaks_from ?? '')))
    }
    for (const resolve of this.#onWelcome.splice(0)) resolve(frame)
    this.#onRefused = []
    this.#flush()
  }

  #ping() {
    const socket = this.#socket
    if (!socket) return
    const sentMs = performance.now()
    this.#write({ type: 'ping' })
    setTimeout(() => {
      if (this.#lastHeardMs <= sentMs) this.#lost(socket, 0)
    }, pongMs)
  }

  /**
   * Carries on with the seat on this connection. One that has lapsed meanwhile is taken anew.
   * @param {Seat} seat
   * @param {Promise<void>} [behind]
   */
  async #attach(seat, behind) {
    const connection = this.welcome
    await behind
    try {
      const { room, epoch, seq } = seat.roster
      const since = room ? { since: { epoch, seq } } : {}
      const heard = { signals_heard: seat.heard.all() }
      const about = { type: 'attach', room_id: seat.roomId, session_id: seat.sessionId }
      const { speaks_from: from } = seat.entry
      const reply = await this.#command({ ...about, ...since, ...heard, ...(from ? { speaks_from: from } : {}) })
      this.#mindMesh(seat, reply)
      this.#outbox.release(seat.roomId)
      seat.flagsChanged = true
      this.#sendFlags(seat)
      this.#aimAgain(seat)
    } catch (error) {
      // Another connection came, and attaches by itself.
      if (this.welcome !== connection || this.mode !== 'open') return
      await this.#rejoin(seat, error instanceof CommandError ? error.code : 'INTERNAL')
    }
  }

  /**
   * @param {Seat} seat
   * @param {string} why
   */
  async #rejoin(seat, why) {
    if (this.#seats.get(seat.roomId) !== seat) return
    const reason = why === 'ROOM_CLOSED' || why === 'ROOM_NOT_FOUND' ? 'room_closed' : 'lapsed'
    if (reason === 'room_closed' || performance.now() - seat.joinedAtMs < rejoinAfterMs) {
      this.#giveUp(seat, reason)
      return
    }
    try {
      await this.#joined(seat)
    } catch {
      this.#giveUp(seat, reason)
    }
  }

  /** @param {Seat} seat */
  async #joined(seat) {
    // Until the answer: the seat we had may be told `replaced` before it comes.
    seat.sessionId = null
    const reply = await this.#command({ type: 'join', room_id: seat.roomId, ...seat.entry })
    const value = /** @type {import('../../../protocol/room/replies.ts').JoinReply} */ (reply.value)
    seat.sessionId = value.session_id
    seat.heard = new HeardSignals()
    seat.joinedAtMs = performance.now()
    this.#outbox.release(seat.roomId)
    this.#tell(seat.roomId, (each) => each.onSession?.(seat.roomId, value.session_id))
    const { epoch = 0, seq = 0 } = reply
    const room_id = /** @type {RoomId} */ (seat.roomId)
    this.#apply({ type: 'snapshot', session_id: value.session_id, room_id, epoch, seq, ...value.snapshot })
    seat.flagsChanged = Object.values(seat.flags).some(Boolean)
    this.#sendFlags(seat)
    this.#aimAgain(seat)
    this.#flush()
    return reply
  }

  /** @param {Extract<ServerFrame, { type: 'session_ended' }>} frame */
  #ended({ room_id: roomId, session_id: sessionId, reason }) {
    const seat = this.#seats.get(roomId)
    // Of a seat that we have given up, or changed for a newer one, already.
    if (!seat || seat.sessionId !== sessionId) return
    if (reason === 'lapsed') void this.#rejoin(seat, 'SESSION_NOT_FOUND')
    else this.#giveUp(seat, reason)
  }

  /**
   * @param {Seat} seat
   * @param {string} reason
   */
  #giveUp(seat, reason) {
    if (this.#seats.get(seat.roomId) === seat) {
      this.#seats.delete(seat.roomId)
      this.#aim(withoutRoom(this.target, seat.roomId, this.#seats.size))
    }
    this.#outbox.release(seat.roomId)
    this.#outbox.abandon(({ room_id: room }) => room === seat.roomId, 'SESSION_ENDED', 'The seat in the room is lost.')
    this.#tell(seat.roomId, (each) => each.onEnded?.(seat.roomId, reason))
  }

  /**
   * Links that an earlier owner of the room chose hold no longer where everybody links with everybody by now.
   * @param {Seat} seat
   * @param {Reply} reply
   */
  #mindMesh({ roomId, sessionId, roster }, { value }) {
    const { mesh } = /** @type {import('../../../protocol/room/replies.ts').AttachReply} */ (value)
    if (mesh !== 'full' || sessionId === null || roster.links === null) return
    const { epoch, seq } = roster
    const session_id = /** @type {import('../../../protocol/ids.ts').SessionId} */ (sessionId)
    const room_id = /** @type {RoomId} */ (roomId)
    this.#apply({ type: 'links', session_id, links: null, room_id, epoch, seq })
  }

  /** @param {SignalFrame} frame */
  #signalled(frame) {
    const seat = this.#seats.get(frame.room_id)
    if (seat?.sessionId !== frame.session_id) return
    if (seat.heard.isNew(frame)) this.#tell(frame.room_id, (each) => each.onSignal?.(frame))
    this.#confirming ??= setTimeout(() => this.#confirm(), confirmMs)
  }

  /** One frame a sender for all that came meanwhile. One that is lost with its socket is made up for by the next attach. */
  #confirm() {
    this.#confirming = undefined
    for (const seat of this.#seats.values()) {
      for (const heard of seat.heard.take()) this.tell({ type: 'signal_ack', room_id: seat.roomId, ...heard })
    }
  }

  /** @param {import('./roster.js').RoomFrame} frame */
  #apply(frame) {
    const seat = this.#seats.get(frame.room_id)
    if (!seat) return
    const before = seat.roster
    seat.roster = applyFrame(before, frame)
    if (seat.roster !== before)
      this.#tell(frame.room_id, (each) => each.onRoster?.(frame.room_id, before, seat.roster, frame))
  }

  /**
   * @param {string} roomId
   * @param {number} epoch
   */
  #mindEpoch(roomId, epoch) {
    const seat = this.#seats.get(roomId)
    if (!seat || epoch <= seat.epoch) return
    const before = seat.epoch
    seat.epoch = epoch
    this.#tell(roomId, (each) => each.onEpoch?.(roomId, epoch, before))
  }

  /**
   * @param {string} roomId
   * @param {(listener: Listener) => void} tell
   */
  #tell(roomId, tell) {
    tell(this.listener)
    const follower = this.#followers.get(roomId)
    if (follower) tell(follower)
  }

  /** @param {import('./target.js').Target} target */
  #aim(target) {
    if (target === this.target) return
    this.target = target
    for (const each of [this.listener, ...this.#followers.values()]) each.onTarget?.()
  }

  /**
   * The room may have forgotten it, or a new connection knows nothing of it.
   * @param {Seat} seat
   */
  #aimAgain({ roomId }) {
    const { target } = this
    if (!('roomId' in target) || target.roomId !== roomId) return
    const users = target.to === 'whisper' ? { users: target.users } : {}
    this.#command({ type: 'transmit', room_id: roomId, to: target.to, ...users }).catch(() => undefined)
  }

  /** @param {Seat} seat */
  #sendFlags(seat) {
    if (!seat.flagsChanged || seat.flagsUnderWay || seat.sessionId === null) return
    seat.flagsChanged = false
    seat.flagsUnderWay = this.#command({ type: 'set_flags', room_id: seat.roomId, flags: { ...seat.flags } })
      .catch(() => undefined)
      .finally(() => {
        seat.flagsUnderWay = null
        this.#sendFlags(seat)
      })
  }

  /**
   * @param {Command} command
   * @returns {Promise<Reply>}
   */
  #command(command) {
    if (this.mode === 'closed') return Promise.reject(new CommandError('CLOSED', 'The connection is closed.'))
    const answer = this.#outbox.add(command)
    this.#flush()
    return answer
  }

  #flush() {
    if (this.mode !== 'open') return
    const nowMs = performance.now()
    for (const frame of this.#outbox.take(nowMs)) this.#write(frame)
    clearTimeout(this.#pump)
    const dueMs = this.#outbox.nextDueMs()
    if (dueMs !== null) this.#pump = setTimeout(() => this.#flush(), Math.max(20, dueMs - nowMs))
  }

  /** @param {object} frame */
  #write(frame) {
    if (this.#socket?.readyState === 1) this.#socket.send(JSON.stringify(frame))
  }

  /**
   * @param {string} code
   * @param {string} message
   */
  #closeFor(code, message) {
    if (this.mode === 'closed') return
    clearTimeout(this.#retry)
    clearTimeout(this.#pump)
    clearTimeout(this.#confirming)
    clearInterval(this.#beat)
    const socket = this.#socket
    this.#socket = null
    this.#setMode('closed', message)
    socket?.close()
    const error = new CommandError(code, message)
    for (const reject of this.#onRefused.splice(0)) reject(error)
    this.#onWelcome = []
    this.#outbox.abandon(() => true, code, message)
  }

  /**
   * @param {Mode} mode
   * @param {string} [detail]
   */
  #setMode(mode, detail) {
    this.mode = mode
    for (const each of [this.listener, ...this.#followers.values()]) each.onMode?.(mode, detail)
  }
}

/**
 * @param {string} roomId
 * @returns {Seat}
 */
const newSeat = (roomId) => ({
  roomId,
  sessionId: null,
  entry: {},
  roster: emptyRoster,
  epoch: 0,
  flags: {},
  flagsUnderWay: null,
  flagsChanged: false,
  joinedAtMs: 0,
  heard: new HeardSignals(),
})
