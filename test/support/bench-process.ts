import type { Cancel, Clock, Timers } from '../../protocol/ports.ts'
import type { ManualTime } from './manual-time.ts'

/** How a process gets to a store. */
export interface StorePath {
  /** One way, ms; asked for each way. */
  latencyMs(): number
  /** Nothing gets through now. Asked when a question arrives, and again when its answer does. */
  isAway(): boolean
  /** After so long without an answer the caller gives up, ms. */
  readonly patienceMs: number
}

/**
 * What a process is to its machine: it runs, or it was stopped, or it is dead. Its timers fire only while it runs, and an
 * answer from outside is heard only then. What it asked for before still happens: the question had left.
 */
export class BenchProcess {
  readonly #time: ManualTime
  readonly #rate: number
  #wallOffsetMs = 0
  /** Timers that came due while it was stopped. */
  readonly #overdue: (() => void)[] = []
  /** Answers that came in while it was stopped. */
  readonly #unheard: (() => void)[] = []
  readonly #watched = new Map<string, () => void>()
  #mode: 'running' | 'frozen' | 'dead' = 'running'

  /** `rate`: its clocks and timers run so many times as fast as they should. */
  constructor(time: ManualTime, rate = 1) {
    this.#time = time
    this.#rate = rate
  }

  get isRunning(): boolean {
    return this.#mode === 'running'
  }

  get isDead(): boolean {
    return this.#mode === 'dead'
  }

  readonly clock: Clock = {
    monotonicMs: () => this.#time.monotonicMs() * this.#rate,
    // In whole milliseconds, as a machine tells it.
    wallMs: () => Math.floor(this.#time.wallMs() + this.#wallOffsetMs),
  }

  /** Somebody sets its wall clock. */
  jumpWall(ms: number): void {
    this.#wallOffsetMs += ms
  }

  readonly timers: Timers = {
    after: (delayMs, run) => {
      let cancelled = false
      // By a clock that is off, the moment may come out a hair early: a timer never is.
      const ownMs = this.#rate === 1 ? delayMs : delayMs / this.#rate + 1e-6
      const cancel = this.#time.after(ownMs, () => this.#whenRunning(() => cancelled || run(), this.#overdue))
      return () => {
        cancelled = true
        cancel()
      }
    },
    every: (periodMs, run) => {
      let cancel: Cancel = () => undefined
      const again = () => {
        cancel = this.timers.after(periodMs, () => {
          again()
          run()
        })
      }
      again()
      return () => cancel()
    },
  }

  freeze(): void {
    if (this.#mode === 'running') this.#mode = 'frozen'
  }

  /**
   * Timers that came due meanwhile fire `afterMs` from now, in their order, and what came in is read now: a loop that was stopped
   * while it waited for its sockets reads those first. With 0 it was stopped elsewhere, and timers are first.
   */
  thaw(afterMs = 0): void {
    if (this.#mode !== 'frozen') return
    this.#mode = 'running'
    const [overdue, unheard] = [this.#overdue.splice(0), this.#unheard.splice(0)]
    const fire = () => {
      for (const run of overdue) this.#whenRunning(run, this.#overdue)
    }
    if (afterMs === 0) fire()
    else this.#time.after(afterMs, fire)
    for (const run of unheard) this.#whenRunning(run, this.#unheard)
  }

  kill(): void {
    this.#mode = 'dead'
    this.#overdue.length = 0
    this.#unheard.length = 0
    this.#watched.clear()
  }

  /** Runs when a store has next done what is asked of it by that name, and its answer sets out. */
  onceDone(name: string, run: () => void): void {
    this.#watched.set(name, run)
  }

  /**
   * Asks something outside. A process that is dead by then never hears. Where the path is away when the question arrives,
   * nothing happened there; where it is when the answer does, it did, and the caller does not know.
   */
  reach<Value>(path: StorePath, name: string, ask: () => Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      const after = (ms: number, settle: () => void) =>
        this.#time.after(ms, () => this.#whenRunning(settle, this.#unheard))
      const giveUp = () => after(path.patienceMs, () => reject(new Error('the store does not answer')))
      const back = (settle: () => void) => {
        const watcher = this.#watched.get(name)
        this.#watched.delete(name)
        watcher?.()
        after(path.latencyMs(), () => {
          if (path.isAway()) giveUp()
          else settle()
        })
      }
      const there = () => {
        if (path.isAway()) {
          giveUp()
          return
        }
        void ask().then(
          (value) => back(() => resolve(value)),
          (error: unknown) => back(() => reject(toError(error))),
        )
      }
      this.#time.after(path.latencyMs(), there)
    })
  }

  #whenRunning(run: () => void, later: (() => void)[]): void {
    if (this.#mode === 'running') run()
    else if (this.#mode === 'frozen') later.push(run)
  }
}

const toError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)))

/** The same object seen from a process: each of its methods is asked over a network. */
export function reached<Port extends object>(process: BenchProcess, port: Port, path: StorePath): Port {
  return new Proxy(port, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...parameters: unknown[]) =>
        process.reach(path, String(name), () => Promise.resolve(member.apply(target, parameters)))
    },
  })
}
