import type { ActorKey, SessionId } from '../../protocol/ids.ts'
import type { OwnerRef } from '../membership/port.ts'
import type { HeldSession } from './port.ts'

/** A session carried here, and the life of the actor that knows of it: an epoch, or `unattached`. */
export interface Held {
  readonly session: HeldSession
  attachedEpoch: number
}

export const unattached = -1

/** What this process knows of one actor. */
export interface KeyRecord {
  readonly key: ActorKey
  /** The owner as far as we know; only ever replaced by one of a higher epoch, or forgotten. */
  owner: OwnerRef | null
  /** The highest epoch heard of: frames below it are stale and dropped. */
  seenEpoch: number
  /** Sessions carried here. */
  readonly held: Map<SessionId, Held>
  /** An attach round is under way. */
  recovering: boolean
}

/** Actors known without carrying a session of theirs, at the most; the longest unused go first. */
const maxIdleRecords = 100_000

/** All records of a process. Records with sessions stay; of the others the oldest are forgotten. */
export class KeyRecords {
  readonly #records = new Map<ActorKey, KeyRecord>()

  get(key: ActorKey): KeyRecord | undefined {
    return this.#records.get(key)
  }

  of(key: ActorKey): KeyRecord {
    const known = this.#records.get(key)
    if (known) return known
    const made: KeyRecord = { key, owner: null, seenEpoch: 0, held: new Map(), recovering: false }
    this.#records.set(key, made)
    if (this.#records.size > maxIdleRecords) this.#forgetOldest()
    return made
  }

  /** Every record whose owner is that process life. */
  *ownedBy(incarnation: string): Iterable<KeyRecord> {
    for (const record of this.#records.values()) if (record.owner?.incarnation === incarnation) yield record
  }

  #forgetOldest(): void {
    for (const record of this.#records.values()) {
      if (record.held.size > 0) continue
      this.#records.delete(record.key)
      return
    }
  }
}

/** Takes in what was learnt of the owner; a lower epoch never replaces a higher one. Says whether the epoch rose. */
export function learnOwner(record: KeyRecord, owner: OwnerRef): boolean {
  if (owner.epoch < record.seenEpoch) return false
  const rose = owner.epoch > record.seenEpoch
  record.owner = owner
  record.seenEpoch = owner.epoch
  return rose
}

/** The owner is gone, and with it what it knew of our sessions. */
export function missOwner(record: KeyRecord): void {
  record.owner = null
  for (const held of record.held.values()) held.attachedEpoch = unattached
}
