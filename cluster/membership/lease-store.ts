import type { Incarnation, ProcessId } from '../../protocol/ids.ts'
import type { Member, MemberFacts } from './port.ts'

/** What a renewal says, beside who it is. */
export interface LeaseState {
  readonly state: Member['state']
  readonly load: number
}

/** `revoked`: a peer found this life dead. `superseded`: another life of the process holds the lease. */
export type HoldResult = 'held' | 'revoked' | 'superseded'

/** Where leases are kept. Every call rejects when the store does not answer. */
export interface LeaseStore {
  /**
   * Takes or renews the lease for `leaseMs` from now. With `takeOver` an earlier life of the same process loses its lease
   * and can't come back: that is how a restarted process starts at once.
   */
  hold(facts: MemberFacts, now: LeaseState, options: { leaseMs: number; takeOver: boolean }): Promise<HoldResult>
  /** Gives the lease back, if this life has it. */
  leave(process: ProcessId, incarnation: Incarnation): Promise<boolean>
}
