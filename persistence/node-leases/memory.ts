import type { Clock } from '../../protocol/ports.ts'
import type { Claimant } from '../journal/port.ts'
import type { NodeLeases } from './port.ts'

/** Leases of nodes in memory, by a clock of the test's own. */
export class MemoryNodeLeases implements NodeLeases {
  readonly #clock: Clock
  readonly #ends = new Map<Claimant['incarnation'], number>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Whether that life holds one now. */
  isHeld(incarnation: Claimant['incarnation']): boolean {
    return (this.#ends.get(incarnation) ?? 0) > this.#clock.monotonicMs()
  }

  hold({ incarnation }: Claimant, leaseMs: number): Promise<void> {
    this.#ends.set(incarnation, this.#clock.monotonicMs() + leaseMs)
    return Promise.resolve()
  }

  release({ incarnation }: Claimant): Promise<void> {
    this.#ends.delete(incarnation)
    return Promise.resolve()
  }
}
