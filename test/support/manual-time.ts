import type { Cancel, Clock, Random, Timers } from '../../protocol/ports.ts'

interface Alarm {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
}

/** Time that stands still until a test moves it: a clock and the timers that go with it. */
export class ManualTime implements Clock, Timers {
  #nowMs = 0
  #order = 0
  readonly #startWallMs: number
  readonly #alarms = new Set<Alarm>()

  constructor(startWallMs = Date.UTC(2026, 0, 1)) {
    this.#startWallMs = startWallMs
  }

  wallMs(): number {
    return this.#startWallMs + this.#nowMs
  }

  monotonicMs(): number {
    return this.#nowMs
  }

  after(delayMs: number, run: () => void): Cancel {
    const alarm = { atMs: this.#nowMs + delayMs, order: this.#order++, run }
    this.#alarms.add(alarm)
    return () => void this.#alarms.delete(alarm)
  }

  every(periodMs: number, run: () => void): Cancel {
    let cancel: Cancel = () => undefined
    const again = () => {
      cancel = this.after(periodMs, () => {
        again()
        run()
      })
    }
    again()
    return () => cancel()
  }

  /** Moves time on, firing every timer on the way at its own moment, and lets promises settle after each. */
  async advance(ms: number): Promise<void> {
    const untilMs = this.#nowMs + ms
    await settle()
    for (let next = this.#next(untilMs); next; next = this.#next(untilMs)) {
      this.#alarms.delete(next)
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.run()
      await settle()
    }
    this.#nowMs = untilMs
  }

  /** Moves the clocks without firing anything: what a process sees that was paused. */
  jump(ms: number): void {
    this.#nowMs += ms
  }

  #next(untilMs: number): Alarm | undefined {
    return [...this.#alarms]
      .filter(({ atMs }) => atMs <= untilMs)
      .sort((a, b) => a.atMs - b.atMs || a.order - b.order)[0]
  }
}

/** Lets every promise that is ready run on. */
export const settle = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve()
  await new Promise<void>((resolve) => setImmediate(resolve))
}

/** UUIDs that count up, and a fraction that is always one half. */
export function countingRandom(): Random {
  let count = 0
  return {
    uuid: () => {
      count += 1
      return `00000000-0000-4000-8000-${count.toString(16).padStart(12, '0')}`
    },
    fraction: () => 0.5,
  }
}
