// @ts-check

/** @typedef {{ type: string, room_id?: string, [field: string]: unknown }} Command */
/** @typedef {Extract<import('../../../protocol/client/frames.ts').ServerFrame, { type: 'reply' }>} Reply */
/** @typedef {Extract<import('../../../protocol/client/frames.ts').ServerFrame, { type: 'error' }>} Refusal */

/** A command that was refused, or of which nothing was heard. `code` is one of the service's error codes, `details` its facts. */
export class CommandError extends Error {
  /**
   * @param {string} code
   * @param {string} message
   * @param {Record<string, unknown>} [details]
   */
  constructor(code, message, details = {}) {
    super(message)
    this.name = 'CommandError'
    this.code = code
    this.details = details
  }
}

/**
 * @typedef {object} Entry
 * @property {number} id
 * @property {Command} command
 * @property {number} tries How often it was sent.
 * @property {boolean} awaiting Sent, and not answered yet.
 * @property {number} dueMs When it is to be sent, or sent again.
 * @property {(reply: Reply) => void} resolve
 * @property {(error: CommandError) => void} reject
 */

const answerMs = 2_000
const maxTries = 10
const firstDelayMs = 150
const longestDelayMs = 1_500

/**
 * Commands on their way to the gateway. Each has a number, and whatever is not answered within 2 s, or answered by an
 * error that may pass, is sent again under the same number, so that it is carried out once. After 10 tries it is given up.
 *
 * Nothing in here knows a socket or a clock: `take` says what to send now, `nextDueMs` when to ask again.
 *
 * Commands of one room are sent in their order: while one waits to be tried again, later ones wait behind it. Bounds: as
 * many unanswered commands as the gateway takes, the others queue, and above `queueMax` a command fails at once.
 */
export class Outbox {
  /** @type {Map<number, Entry>} */
  #entries = new Map()
  /** @type {Set<string>} */
  #held = new Set()
  #nextId = 1
  #random
  #queueMax
  inFlightMax = 16

  /** @param {{ random?: () => number, queueMax?: number }} [options] */
  constructor({ random = Math.random, queueMax = 512 } = {}) {
    this.#random = random
    this.#queueMax = queueMax
  }

  get size() {
    return this.#entries.size
  }

  /**
   * Takes a command in. The promise settles with its answer, or fails with a CommandError.
   * @param {Command} command
   * @returns {Promise<Reply>}
   */
  add(command) {
    if (this.#entries.size >= this.#queueMax) {
      return Promise.reject(new CommandError('OUTBOX_FULL', 'Too many commands wait to be sent.'))
    }
    return new Promise((resolve, reject) => {
      const id = this.#nextId++
      this.#entries.set(id, { id, command, tries: 0, awaiting: false, dueMs: 0, resolve, reject })
    })
  }

  /**
   * The frames to be sent at this moment. Commands that were tried often enough fail instead.
   * @param {number} nowMs
   * @returns {(Command & { id: number })[]}
   */
  take(nowMs) {
    const frames = []
    const blocked = new Set(this.#held)
    let inFlight = this.#inFlight()
    for (const entry of [...this.#entries.values()]) {
      const room = entry.command.room_id
      const waits = room !== undefined && blocked.has(room) && !opensRoom(entry.command)
      if (waits && !entry.awaiting) continue
      if (entry.dueMs > nowMs) {
        if (!entry.awaiting && room !== undefined) blocked.add(room)
        continue
      }
      if (entry.tries >= maxTries) {
        this.#fail(entry, 'OUTCOME_UNKNOWN', 'No answer came in time.')
        continue
      }
      if (!entry.awaiting && inFlight >= this.inFlightMax) break
      if (!entry.awaiting) inFlight += 1
      entry.tries += 1
      entry.awaiting = true
      entry.dueMs = nowMs + answerMs * (1 + 0.25 * this.#random())
      frames.push({ ...entry.command, id: entry.id })
    }
    return frames
  }

  /** When `take` may have something again, in ms; null while nothing is waiting for its time. */
  nextDueMs() {
    const due = [...this.#entries.values()].filter(({ dueMs }) => dueMs > 0).map(({ dueMs }) => dueMs)
    return due.length > 0 ? Math.min(...due) : null
  }

  /** @param {Reply} reply */
  answered(reply) {
    const entry = this.#entries.get(reply.id)
    if (!entry) return
    this.#entries.delete(reply.id)
    entry.resolve(reply)
  }

  /**
   * @param {Refusal} refusal
   * @param {number} nowMs
   */
  refused(refusal, nowMs) {
    const entry = refusal.id === undefined ? undefined : this.#entries.get(refusal.id)
    if (!entry) return
    const { code, message, details } = refusal.error
    if (!refusal.retry || entry.tries >= maxTries) {
      this.#fail(entry, code, message, details)
      return
    }
    const asked = typeof details?.retry_after_ms === 'number' ? details.retry_after_ms : 0
    const delayMs = Math.min(longestDelayMs, firstDelayMs * 2 ** (entry.tries - 1))
    entry.awaiting = false
    // Jitter, because everybody in a room hears of its trouble at the same moment.
    entry.dueMs = nowMs + Math.max(asked, delayMs) * (0.5 + this.#random())
  }

  /** The connection goes on over another socket: everything not answered is sent again under its number. */
  resume() {
    for (const entry of this.#entries.values()) Object.assign(entry, { tries: 0, awaiting: false, dueMs: 0 })
  }

  /**
   * A new connection: numbers start again, and everything not answered is sent anew. The first connection may have
   * carried such a command out already; each of them is harmless to repeat.
   */
  restart() {
    const entries = [...this.#entries.values()]
    this.#entries.clear()
    this.#nextId = 1
    for (const entry of entries) {
      const id = this.#nextId++
      this.#entries.set(id, { ...entry, id, tries: 0, awaiting: false, dueMs: 0 })
    }
  }

  /**
   * Keeps back what goes to this room, except what opens it (join, attach), until `release`.
   * @param {string} room
   */
  hold(room) {
    this.#held.add(room)
  }

  /** @param {string} room */
  release(room) {
    this.#held.delete(room)
  }

  /**
   * Fails the commands that `which` picks.
   * @param {(command: Command) => boolean} which
   * @param {string} code
   * @param {string} message
   */
  abandon(which, code, message) {
    for (const entry of [...this.#entries.values()]) {
      if (which(entry.command)) this.#fail(entry, code, message)
    }
  }

  #inFlight() {
    return [...this.#entries.values()].filter(({ awaiting }) => awaiting).length
  }

  /**
   * @param {Entry} entry
   * @param {string} code
   * @param {string} message
   * @param {Record<string, unknown>} [details]
   */
  #fail(entry, code, message, details) {
    this.#entries.delete(entry.id)
    entry.reject(new CommandError(code, message, details))
  }
}

/** @param {Command} command */
const opensRoom = ({ type }) => type === 'join' || type === 'attach'
