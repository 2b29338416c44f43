import type { ActorJournal } from '../../persistence/journal/port.ts'
import type { ActorKey, ProcessId } from '../../protocol/ids.ts'
import type { Logger } from '../../protocol/ports.ts'
import type { Directory, LeaseGuard, Life, OwnerRef } from '../membership/port.ts'
import type { AnyDefinition } from './definition.ts'
import { tellOwnership } from './ownership.ts'
import { replay, type Replayed } from './replay.ts'

export interface ActivationDeps<Write> {
  readonly self: Life
  readonly directory: Directory
  readonly journal: ActorJournal<Write>
  readonly lease: LeaseGuard
  readonly logger: Logger
}

/** How an actor came here from its last owner. */
export interface HandedOver {
  readonly epoch: number
  readonly from: ProcessId
}

export type Activation =
  | {
      readonly outcome: 'active'
      readonly epoch: number
      /** Who had it before, where anybody knows. */
      readonly from: ProcessId | null
      readonly replayed: Replayed
      /** One more for each time the record's epoch was higher. */
      readonly claims: number
    }
  | { readonly outcome: 'owned_elsewhere'; readonly owner: OwnerRef }
  /** Nobody's fault: the lease ran out meanwhile, or others raised the epoch three times in a row. */
  | { readonly outcome: 'lost' }

const maxClaims = 3

/**
 * Takes an actor over: Redis proposes an epoch, Postgres decides, the journal tells the state, and the lease is looked at
 * once more before anything is served. A database epoch above the one Redis granted (Redis lost writes, or a guest wrote)
 * is the floor of the next claim. An owner that lives on a lease in the record keeps the actor: the claim is given
 * back to it. `handed` says how the directory passed the actor on to us. Every step is one `ownership.changed`, but for the
 * last one: the host says `activated`. Rejects when Redis or Postgres does not answer.
 */
export async function activate<Write>(
  key: ActorKey,
  definition: AnyDefinition<Write>,
  deps: ActivationDeps<Write>,
  handed: HandedOver | null = null,
): Promise<Activation> {
  let floor = 0
  for (let claims = 1; claims <= maxClaims; claims += 1) {
    const isHanded = handed !== null && claims === 1
    const claim: Claimed = isHanded ? { ...handed, granted: true } : await claimIt(key, deps, floor)
    if (!claim.granted) return { outcome: 'owned_elsewhere', owner: claim.owner }
    const mine = { ...deps.self, epoch: claim.epoch }
    try {
      const fence = await deps.journal.fence(key, claim.epoch, deps.self, isHanded)
      if (!fence.granted && fence.heldBy) {
        const owner = { ...fence.heldBy, epoch: fence.currentEpoch }
        if (await deps.directory.yieldTo(key, mine, owner)) {
          const by = { from: deps.self.process, to: owner.process }
          tellOwnership(deps.logger, { change: 'yielded', cause: 'lease_in_record', key, epoch: owner.epoch, ...by })
        }
        return { outcome: 'owned_elsewhere', owner }
      }
      if (!fence.granted) {
        floor = fence.currentEpoch
        continue
      }
      const replayed = replay(definition, key, fence.loaded)
      if (!deps.lease.holds()) return { outcome: 'lost' }
      return { outcome: 'active', epoch: claim.epoch, from: claim.from, replayed, claims }
    } catch (error) {
      const isFree = await deps.directory.release(key, mine).catch(() => false)
      if (isFree) {
        const by = { from: deps.self.process, to: null }
        tellOwnership(deps.logger, { change: 'released', cause: 'not_activated', key, epoch: claim.epoch, ...by })
      }
      throw error
    }
  }
  return { outcome: 'lost' }
}

type Claimed =
  | { readonly granted: true; readonly epoch: number; readonly from: ProcessId | null }
  | { readonly granted: false; readonly owner: OwnerRef }

/** Asks the directory, and says what it granted. A floor is only told where the record's epoch was higher. */
async function claimIt<Write>(
  key: ActorKey,
  { directory, self, logger }: ActivationDeps<Write>,
  floor: number,
): Promise<Claimed> {
  const claim = await directory.claim(key, self, floor)
  if (!claim.granted) return claim
  const from = claim.from?.process ?? null
  const cause = floor > 0 ? 'epoch_behind' : causeOf(claim.from, self)
  tellOwnership(logger, { change: 'claimed', cause, key, epoch: claim.epoch, from, to: self.process })
  return { ...claim, from }
}

function causeOf(from: Life | null, self: Life): string {
  if (from === null) return 'free'
  return from.incarnation === self.incarnation ? 'own_again' : 'lease_over'
}
