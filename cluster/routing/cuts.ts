import type { Incarnation, ProcessId } from '../../protocol/ids.ts'
import type { Clock, Random } from '../../protocol/ports.ts'
import type { Life } from '../membership/port.ts'

/** After so long without any way to it, ms, a node is said to be unreachable. */
export const unreachableAfterMs = 30_000

/** Between two tries, ms, at the least: while there is hope, and when there is little. Spread by a half. */
const [betweenMs, lateMs] = [500, 2_000]

/** There was no way to a process that holds its lease for half a minute. */
export class UnreachableError extends Error {
  constructor(process: ProcessId) {
    super(`there is no way to ${process}`)
    this.name = 'UnreachableError'
  }
}

interface Cut {
  readonly life: Life
  readonly sinceMs: number
  nextMs: number
}

/** Which lives this process has no way to, since when, and when it tries again. */
export class Cuts {
  readonly #clock: Clock
  readonly #random: Random
  readonly #cuts = new Map<Incarnation, Cut>()

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#clock = clock
    this.#random = random
  }

  /** No way was found just now. */
  failed({ process, incarnation }: Life): void {
    const nowMs = this.#clock.monotonicMs()
    const cut = this.#cuts.get(incarnation) ?? { life: { process, incarnation }, sinceMs: nowMs, nextMs: 0 }
    const pauseMs = nowMs - cut.sinceMs < unreachableAfterMs ? betweenMs : lateMs
    cut.nextMs = nowMs + pauseMs * (0.75 + 0.5 * this.#random.fraction())
    this.#cuts.set(incarnation, cut)
  }

  reached(incarnation: Incarnation): void {
    this.#cuts.delete(incarnation)
  }

  /** It is time to look for a way again. */
  mayTry({ incarnation }: Life): boolean {
    return (this.#cuts.get(incarnation)?.nextMs ?? 0) <= this.#clock.monotonicMs()
  }

  /** Throws UnreachableError for one that was given up and is not to be tried yet. */
  check(life: Life): void {
    const cut = this.#cuts.get(life.incarnation)
    if (!cut || this.mayTry(life)) return
    if (this.#clock.monotonicMs() - cut.sinceMs >= unreachableAfterMs) throw new UnreachableError(life.process)
  }

  /** Nothing is kept of lives that are gone, or answer. */
  forget(isOver: (life: Life) => boolean): void {
    for (const { life } of [...this.#cuts.values()]) if (isOver(life)) this.#cuts.delete(life.incarnation)
  }
}
