import type { Cancel, Timers } from '../protocol/ports.ts'

/** The pause between two rounds of a loop, which others may cut short. */
export class Rest {
  readonly #timers: Timers
  #wakeWaiting = false
  #ended = false
  #resting: { readonly wakeable: boolean; readonly rise: () => void } | null = null

  constructor(timers: Timers) {
    this.#timers = timers
  }

  /** Cuts a wakeable pause short. One that comes between two pauses is kept for the next wakeable one. */
  wake(): void {
    if (this.#resting?.wakeable) this.#resting.rise()
    else this.#wakeWaiting = true
  }

  /** Cuts every pause short, this one and all that follow. */
  end(): void {
    this.#ended = true
    this.#resting?.rise()
  }

  get ended(): boolean {
    return this.#ended
  }

  /** Resolves after `ms`, or earlier: at `end`, and where it is `wakeable`, at `wake`. */
  async for(ms: number, { wakeable }: { readonly wakeable: boolean }): Promise<void> {
    if (wakeable && this.#wakeWaiting) {
      this.#wakeWaiting = false
      return
    }
    if (this.#ended) return
    let cancel: Cancel = () => undefined
    await new Promise<void>((rise) => {
      this.#resting = { wakeable, rise }
      cancel = this.#timers.after(ms, rise)
    })
    this.#resting = null
    cancel()
  }
}
