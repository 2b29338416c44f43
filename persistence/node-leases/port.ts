import type { Claimant } from '../journal/port.ts'

/**
 * Leases of nodes for the time in which Redis cannot be asked. While one runs, the fence gives none of that node's actors to
 * anybody else. Every call rejects when the store does not answer.
 */
export interface NodeLeases {
  /** Takes or renews the lease for `leaseMs` from now, by the store's clock. */
  hold(holder: Claimant, leaseMs: number): Promise<void>
  /** Gives it back. */
  release(holder: Claimant): Promise<void>
}
