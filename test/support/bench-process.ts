import type { Cancel, Clock, Timers } from '../../protocol/ports.ts'
import type { ManualTime } from './manual-time.ts'

/**
 * What a process is to its machine: it runs, or it was stopped, or it is dead. Its timers fire only while it runs, and an
 * answer from outside is heard only then. What it asked for before still happens: the question had left.
 */
export class BenchProcess {
  readonly #time: ManualTime
  readonly #overdue: (() => void)[] = []
  #mode: 'running' | 'frozen' | 'dead' = 'running'

  constructor(time: ManualTime) {
    this.#time = time
  }

  get isRunning(): boolean {
    return this.#mode === 'running'
  }

  get isDead(): boolean {
    return this.#mode === 'dead'
  }

  get clock(): Clock {
    return this.#time
  }

  readonly timers: Timers = {
    after: (delayMs, run) => {
      let cancelled = false
      const cancel = this.#time.after(delayMs, () => this.#whenRunning(() => cancelled || run()))
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

  /** Everything that came due meanwhile happens now, in its order. */
  thaw(): void {
    if (this.#mode !== 'frozen') return
    this.#mode = 'running'
    for (const run of this.#overdue.splice(0)) this.#whenRunning(run)
  }

  kill(): void {
    this.#mode = 'dead'
    this.#overdue.length = 0
  }

  /** Asks something outside; it gets there and back in `latencyMs` each. A process that is dead by then never hears. */
  reach<Value>(latencyMs: () => number, ask: () => Promise<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      const back = (settle: () => void) => this.#time.after(latencyMs(), () => this.#whenRunning(settle))
      const there = () =>
        void ask().then(
          (value) => back(() => resolve(value)),
          (error: unknown) => back(() => reject(toError(error))),
        )
      this.#time.after(latencyMs(), there)
    })
  }

  #whenRunning(run: () => void): void {
    if (this.#mode === 'running') run()
    else if (this.#mode === 'frozen') this.#overdue.push(run)
  }
}

const toError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)))

/** The same object seen from a process: each of its methods is asked over a network. */
export function reached<Port extends object>(process: BenchProcess, port: Port, latencyMs: () => number): Port {
  return new Proxy(port, {
    get: (target, name) => {
      const member: unknown = Reflect.get(target, name)
      if (typeof member !== 'function') return member
      return (...parameters: unknown[]) =>
        process.reach(latencyMs, () => Promise.resolve(member.apply(target, parameters)))
    },
  })
}
