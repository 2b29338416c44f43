import type { Cancel, Logger, Timers } from '../protocol/ports.ts'
import { systemTimers } from './system-ports.ts'

/** Exit code after a bug that nothing caught (EX_SOFTWARE of sysexits.h). */
export const bugExitCode = 70
/** Exit code when the start failed, or not everything could be stopped in time. */
export const failedExitCode = 1

/** What of a process the lifecycle touches. */
export interface ProcessControl {
  on(event: string, listener: (value: unknown) => void): unknown
  exit(code: number): void
}

interface Closer {
  readonly name: string
  readonly close: () => Promise<void> | void
  readonly timeoutMs: number
}

export interface LifecycleOptions {
  readonly log: Logger
  /** For all closers together, ms. Kubernetes sends SIGKILL 30 s after SIGTERM by default. */
  readonly stopWithinMs?: number
  readonly timers?: Timers
  readonly control?: ProcessControl
}

/**
 * The life of one process. Its modes: starting, running, stopping, stopped; only ever forward.
 *
 * What was started is stopped in the reverse order, one after the other, since what came later leans on what came before:
 * a gateway stops accepting before its links close, and links close before the pool of connections does. A closer that
 * hangs or throws is logged and passed over: what is left behind it must still be released.
 */
export class Lifecycle {
  readonly #log: Logger
  readonly #stopWithinMs: number
  readonly #timers: Timers
  readonly #control: ProcessControl
  readonly #closers: Closer[] = []
  #mode: 'starting' | 'running' | 'stopping' | 'stopped' = 'starting'
  #stopping: Promise<boolean> | null = null
  #timeIsUp = false

  constructor({ log, stopWithinMs = 25_000, timers = systemTimers, control = process }: LifecycleOptions) {
    this.#log = log
    this.#stopWithinMs = stopWithinMs
    this.#timers = timers
    this.#control = control
  }

  get mode() {
    return this.#mode
  }

  /**
   * Registers how to stop what has just been started. `timeoutMs` bounds this one closer. Throws once the process stops:
   * what is started then would never be stopped.
   */
  onStop(name: string, close: () => Promise<void> | void, timeoutMs = 5_000): void {
    if (this.#stopping) throw new Error(`${name} was started while the process stops`)
    this.#closers.push({ name, close, timeoutMs })
  }

  /**
   * Runs the start of the process and stands by for its end: SIGTERM or SIGINT stop in order and a second one ends the
   * process at once; an error that nothing caught ends it with code 70, without stopping in order, since its state is not
   * to be trusted; a start that fails stops what was started and ends with code 1.
   */
  async run(start: () => Promise<void>): Promise<void> {
    for (const signal of ['SIGTERM', 'SIGINT']) this.#control.on(signal, () => this.#onSignal(signal))
    for (const event of ['uncaughtException', 'unhandledRejection']) {
      this.#control.on(event, (error) => {
        this.#log.error({ err: error }, `process.${event}`)
        this.#control.exit(bugExitCode)
      })
    }
    try {
      await start()
    } catch (error) {
      if (this.#stopping) return
      this.#log.error({ err: error }, 'process.start_failed')
      await this.stop('start failed')
      this.#control.exit(failedExitCode)
      return
    }
    if (this.#stopping) return
    this.#mode = 'running'
    this.#log.info({}, 'process.started')
  }

  /** Stops in order; a second call waits for the first. Resolves with whether everything closed in time. */
  stop(reason: string): Promise<boolean> {
    this.#stopping ??= this.#stopAll(reason)
    return this.#stopping
  }

  #onSignal(signal: string): void {
    if (this.#stopping) {
      this.#log.warn({ signal }, 'process.stopped_at_once')
      this.#control.exit(failedExitCode)
      return
    }
    void this.stop(signal).then((allClosed) => this.#control.exit(allClosed ? 0 : failedExitCode))
  }

  async #stopAll(reason: string): Promise<boolean> {
    this.#mode = 'stopping'
    this.#log.info({ reason }, 'process.stopping')
    let cancel: Cancel = () => undefined
    const overdue = new Promise<void>((resolve) => {
      cancel = this.#timers.after(this.#stopWithinMs, () => {
        this.#timeIsUp = true
        resolve()
      })
    })
    let allClosed = true
    for (const closer of this.#closers.reverse()) {
      const closed = !this.#timeIsUp && (await this.#close(closer, overdue))
      if (!closed) {
        allClosed = false
        this.#log.error({ part: closer.name, timeIsUp: this.#timeIsUp }, 'process.part_not_closed')
      }
    }
    cancel()
    this.#mode = 'stopped'
    this.#log.info({ allClosed }, 'process.stopped')
    return allClosed
  }

  async #close({ name, close, timeoutMs }: Closer, overdue: Promise<void>): Promise<boolean> {
    let cancel: Cancel = () => undefined
    const timedOut = new Promise<void>((resolve) => {
      cancel = this.#timers.after(timeoutMs, resolve)
    })
    try {
      const closed = Promise.resolve(close()).then(() => true)
      // Its failure behind the time-out has nobody left who waits for it.
      closed.catch(() => undefined)
      return await Promise.race([closed, Promise.race([timedOut, overdue]).then(() => false)])
    } catch (error) {
      this.#log.error({ part: name, err: error }, 'process.close_failed')
      return false
    } finally {
      cancel()
    }
  }
}
