import type { Cancel, Clock, Timers } from '../../../protocol/ports.ts'

/**
 * Beats so many times a second, at whole periods of the wall clock: so all regions of a zone beat together, and ghosts are of the same age everywhere.
 * A beat that is late is not made good: nobody hears slower, and nobody twice.
 */
export class Metronome {
  readonly #clock: Clock
  readonly #timers: Timers
  readonly #beat: () => void
  #periodMs = 0
  #cancel: Cancel | null = null

  constructor({ clock, timers }: { readonly clock: Clock; readonly timers: Timers }, beat: () => void) {
    this.#clock = clock
    this.#timers = timers
    this.#beat = beat
  }

  /** Beats at this rate from now on. */
  set(hz: number): void {
    const periodMs = 1_000 / hz
    if (periodMs === this.#periodMs) return
    this.stop()
    this.#periodMs = periodMs
    this.#schedule()
  }

  stop(): void {
    this.#cancel?.()
    this.#cancel = null
    this.#periodMs = 0
  }

  #schedule(): void {
    const into = this.#clock.wallMs() % this.#periodMs
    // Timers have whole milliseconds: who wakes a little early would beat twice.
    this.#cancel = this.#timers.after(Math.max(1, Math.ceil(this.#periodMs - into)), () => {
      this.#schedule()
      this.#beat()
    })
  }
}
