import type { Cancel, Clock, Random, Timers } from '../../protocol/ports.ts'

interface Alarm {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
  isCancelled: boolean
}

const isBefore = (a: Alarm, b: Alarm): boolean => a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order)

/** Alarms, the first one first: a binary heap, since a simulated cluster sets a thousand of them in a second of its time. */
class Alarms {
  readonly #heap: Alarm[] = []

  get first(): Alarm | undefined {
    return this.#heap[0]
  }

  add(alarm: Alarm): void {
    const heap = this.#heap
    let at = heap.length
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = heap[above]!
      if (!isBefore(alarm, parent)) break
      heap[at] = parent
      at = above
    }
    heap[at] = alarm
  }

  takeFirst(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (!last || heap.length === 0) return
    let at = 0
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      const right = heap[child + 1]
      if (right && isBefore(right, heap[child]!)) child += 1
      if (!isBefore(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
  }
}

/** Time that stands still until a test moves it: a clock and the timers that go with it. */
export class ManualTime implements Clock, Timers {
  #nowMs = 0
  #order = 0
  readonly #startWallMs: number
  readonly #alarms = new Alarms()

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
    const alarm = { atMs: this.#nowMs + delayMs, order: this.#order++, run, isCancelled: false }
    this.#alarms.add(alarm)
    return () => void (alarm.isCancelled = true)
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
    for (let next = this.#alarms.first; next && next.atMs <= untilMs; next = this.#alarms.first) {
      this.#alarms.takeFirst()
      if (next.isCancelled) continue
      this.#nowMs = Math.max(this.#nowMs, next.atMs)
      next.run()
      await promisesRan()
    }
    this.#nowMs = Math.max(this.#nowMs, untilMs)
  }

  /** Moves the clocks without firing anything: what a process sees that was paused. */
  jump(ms: number): void {
    this.#nowMs += ms
  }
}

/** Every promise that is ready has run on: ticks come when no such promise is left. A tenth of the cost of a turn of the loop. */
const promisesRan = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve))

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
