import type { Cancel, Logger, Timers } from '../../protocol/ports.ts'
import type { Frame } from './port.ts'

/** Bytes of frames that wait for the first listener before the link stops reading. */
const unreadBytes = 1024 * 1024

/**
 * What a link tells its user. Nothing is told within the call that caused it, so that a user who closes a link, or who
 * has just been given one, is never called back in the middle of its own work.
 */
export class LinkEnds {
  readonly #logger: Logger
  readonly #closeListeners: ((reason: string) => void)[] = []
  #listener: ((frame: Frame) => void) | null = null
  #unread: Frame[] = []
  #unreadBytes = 0
  #closedBy: string | null = null

  constructor(logger: Logger) {
    this.#logger = logger
  }

  get isClosed(): boolean {
    return this.#closedBy !== null
  }

  /** So much lies here unread that no more should be taken in until somebody listens. */
  get isFull(): boolean {
    return this.#unreadBytes > unreadBytes
  }

  /** Hands a frame over, or keeps it until somebody listens. A listener that throws costs that frame only. */
  deliver(frame: Frame): void {
    if (this.#listener && this.#unread.length === 0) {
      this.#hand(this.#listener, frame)
      return
    }
    this.#unread.push(frame)
    this.#unreadBytes += frame.payload.length
  }

  /** `caughtUp` is called when what came before the listener was handed over. */
  onFrame(listener: (frame: Frame) => void, caughtUp: () => void): void {
    this.#listener = listener
    queueMicrotask(() => {
      const unread = this.#unread
      this.#unread = []
      this.#unreadBytes = 0
      for (const frame of unread) this.#hand(listener, frame)
      caughtUp()
    })
  }

  onClose(listener: (reason: string) => void): void {
    const reason = this.#closedBy
    if (reason === null) this.#closeListeners.push(listener)
    else queueMicrotask(() => this.#tell(listener, reason))
  }

  /** False if it was closed before. What is unread is dropped when this side closes, since its user wants no more. */
  close(reason: string, { dropUnread }: { dropUnread: boolean }): boolean {
    if (this.#closedBy !== null) return false
    this.#closedBy = reason
    if (dropUnread) this.#unread = []
    const listeners = this.#closeListeners.splice(0)
    queueMicrotask(() => {
      for (const listener of listeners) this.#tell(listener, reason)
    })
    return true
  }

  #hand(listener: (frame: Frame) => void, frame: Frame): void {
    try {
      listener(frame)
    } catch (err) {
      this.#logger.error({ type: frame.type, key: frame.key, err }, 'link.listener_failed')
    }
  }

  #tell(listener: (reason: string) => void, reason: string): void {
    try {
      listener(reason)
    } catch (err) {
      this.#logger.error({ reason, err }, 'link.listener_failed')
    }
  }
}

/** Between two pings, ms. */
const beatMs = 250
/** So many beats without a pong make a link suspect. */
const suspectAfter = 4
/** So many close it, 15 s: a machine that vanished sends no reset, and its sessions have to be let go some time. */
const silentAfter = 60

/**
 * The beat of a link. It counts beats and not time: a process that was paused itself finds one beat missed, not the
 * minutes it slept through, and does not blame its peers.
 */
export class LinkBeat {
  readonly #cancel: Cancel
  #isAwaited = false
  #missed = 0

  constructor(timers: Timers, { ping, silent }: { ping: () => void; silent: () => void }) {
    this.#cancel = timers.every(beatMs, () => {
      if (this.#isAwaited) this.#missed += 1
      this.#isAwaited = true
      if (this.#missed >= silentAfter) silent()
      else ping()
    })
  }

  get isSuspect(): boolean {
    return this.#missed >= suspectAfter
  }

  pong(): void {
    this.#isAwaited = false
    this.#missed = 0
  }

  stop(): void {
    this.#cancel()
  }
}
