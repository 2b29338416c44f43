import type { ActorJournal } from '../../persistence/journal/port.ts'
import type { ActorKey, Incarnation, ProcessId } from '../../protocol/ids.ts'
import type { ClaimResult, Directory, LeaseGuard, OwnerRef } from '../membership/port.ts'
import type { AnyDefinition } from './definition.ts'
import { replay, type Replayed } from './replay.ts'

export interface ActivationDeps<Write> {
  readonly self: { readonly process: ProcessId; readonly incarnation: Incarnation }
  readonly directory: Directory
  readonly journal: ActorJournal<Write>
  readonly lease: LeaseGuard
}

export type Activation =
  | { readonly outcome: 'active'; readonly epoch: number; readonly replayed: Replayed; readonly claims: number }
  | { readonly outcome: 'owned_elsewhere'; readonly owner: OwnerRef }
  /** Nobody's fault: the lease ran out meanwhile, or others raised the epoch three times in a row. */
  | { readonly outcome: 'lost' }

const maxClaims = 3

/**
 * Takes an actor over: Redis proposes an epoch, Postgres decides, the journal tells the state, and the lease is looked at
 * once more before anything is served. A database epoch above the one Redis granted (Redis lost writes, or a guest wrote)
 * is the floor of the next claim. An owner that lives on a lease in the record keeps the actor: the claim is given back to it. `handed` is the epoch under which the last owner had the directory pass the actor on to us.
 * Rejects when Redis or Postgres does not answer.
 */
export async function activate<Write>(
  key: ActorKey,
  definition: AnyDefinition<Write>,
  deps: ActivationDeps<Write>,
  handed: number | null = null,
): Promise<Activation> {
  let floor = 0
  for (let claims = 1; claims <= maxClaims; claims += 1) {
    const claim: ClaimResult =
      handed !== null && claims === 1
        ? { granted: true, epoch: handed }
        : await deps.directory.claim(key, deps.self, floor)
    if (!claim.granted) return { outcome: 'owned_elsewhere', owner: claim.owner }
    const release = () => deps.directory.release(key, { ...deps.self, epoch: claim.epoch })
    try {
      const fence = await deps.journal.fence(key, claim.epoch, deps.self, handed !== null && claims === 1)
      if (!fence.granted && fence.heldBy) {
        const owner = { ...fence.heldBy, epoch: fence.currentEpoch }
        await deps.directory.yieldTo(key, { ...deps.self, epoch: claim.epoch }, owner)
        return { outcome: 'owned_elsewhere', owner }
      }
      if (!fence.granted) {
        floor = fence.currentEpoch
        continue
      }
      const replayed = replay(definition, key, fence.loaded)
      if (!deps.lease.holds()) return { outcome: 'lost' }
      return { outcome: 'active', epoch: claim.epoch, replayed, claims }
    } catch (error) {
      await release().catch(() => false)
      throw error
    }
  }
  return { outcome: 'lost' }
}
