import type { ActorKey, CommandId, Incarnation, SessionId } from '../../protocol/ids.ts'
import type { OwnerRef } from '../membership/port.ts'
import type { HeldSession } from './port.ts'

/** A session carried here, and the life of the actor that knows of it: an epoch, or `unattached`. */
export interface Held {
  readonly session: HeldSession
  attachedEpoch: number
  /**
   * The life whose pushes are for the session: since its first push came, the one that answers `asked`. What comes ahead of
   * that is in it, and would have the session take what it missed for old.
   */
  openEpoch: number
  /** The command that subscribes the session, of several the one sent last. */
  asked: CommandId | null
}

export const unattached = 0

/** What this process knows of one actor. */
export interface KeyRecord {
  readonly key: ActorKey
  /** Whom to ask; only ever replaced by one of a higher epoch, or forgotten. */
  owner: OwnerRef | null
  /** The epoch of its present life as far as anybody told: sessions are to be attached to that one. */
  seenEpoch: number
  /**
   * The highest epoch under which the actor itself spoke, so one that was in force: frames below it are stale and dropped.
   * Never that of hearsay: a claim that failed leaves a higher one in the directory, which is gone when Redis forgets.
   */
  spokenEpoch: number
  /** Who spoke for the actor last. Its word stays when it is not to be asked any more: sessions were attached there. */
  heardFrom: Incarnation | null
  /** The machine of an owner whose link ended, and until when that counts, monotonic ms. */
  failed: { readonly host: string; readonly untilMs: number } | null
  /** Sessions carried here. */
  readonly held: ReadonlyMap<SessionId, Held>
  /** An attach round is under way. */
  recovering: boolean
  /** Since when nobody who was asked had a result, monotonic ms; null where the last one had. */
  failingSinceMs: number | null
}

/** A record as its keeper has it. */
type KeptRecord = KeyRecord & { readonly held: Map<SessionId, Held> }

/** All records of a process. Records with sessions stay; of the others those unused for longest are forgotten. */
export class KeyRecords {
  readonly #carrying = new Map<ActorKey, KeptRecord>()
  /** In the order of their last use. */
  readonly #idle = new Map<ActorKey, KeptRecord>()
  readonly #maxIdle: number

  /** `maxIdle`: actors known without carrying a session of theirs, at the most. */
  constructor(maxIdle = 100_000) {
    this.#maxIdle = maxIdle
  }

  get(key: ActorKey): KeyRecord | undefined {
    return this.#carrying.get(key) ?? this.#idle.get(key)
  }

  of(key: ActorKey): KeyRecord {
    return this.#carrying.get(key) ?? this.#touch(key)
  }

  hold(key: ActorKey, session: SessionId, held: Held): KeyRecord {
    const record = this.#carrying.get(key) ?? this.#touch(key)
    record.held.set(session, held)
    this.#idle.delete(key)
    this.#carrying.set(key, record)
    return record
  }

  letGo(key: ActorKey, session: SessionId): void {
    const record = this.#carrying.get(key)
    if (!record?.held.delete(session) || record.held.size > 0) return
    this.#carrying.delete(key)
    this.#keepIdle(record)
  }

  /** Has the session come last when sessions are attached. */
  putLast(key: ActorKey, session: SessionId): void {
    const held = this.#carrying.get(key)?.held
    const last = held?.get(session)
    if (!held || !last) return
    held.delete(session)
    held.set(session, last)
  }

  /** Every record whose owner is that process life, or was when it was last heard of. */
  *tiedTo(incarnation: Incarnation): Iterable<KeyRecord> {
    for (const records of [this.#carrying, this.#idle]) {
      for (const record of records.values()) {
        if (record.owner?.incarnation === incarnation || record.heardFrom === incarnation) yield record
      }
    }
  }

  #touch(key: ActorKey): KeptRecord {
    const record = this.#idle.get(key) ?? {
      key,
      owner: null,
      seenEpoch: 0,
      spokenEpoch: 0,
      heardFrom: null,
      failed: null,
      held: new Map<SessionId, Held>(),
      recovering: false,
      failingSinceMs: null,
    }
    this.#keepIdle(record)
    return record
  }

  #keepIdle(record: KeptRecord): void {
    this.#idle.delete(record.key)
    this.#idle.set(record.key, record)
    for (const oldest of this.#idle.keys()) {
      if (this.#idle.size <= this.#maxIdle) return
      this.#idle.delete(oldest)
    }
  }
}

/** The actor's present life knows of the session. Epochs begin at 1. */
export const isAttached = ({ seenEpoch }: KeyRecord, { attachedEpoch }: Held): boolean =>
  attachedEpoch >= Math.max(seenEpoch, 1)

/** Takes in what was learnt of the owner; a lower epoch never replaces a higher one. Says whether the epoch rose. */
export function learnOwner(record: KeyRecord, owner: OwnerRef): boolean {
  if (owner.epoch < record.seenEpoch) return false
  const rose = owner.epoch > record.seenEpoch
  record.owner = owner
  record.seenEpoch = owner.epoch
  return rose
}

/**
 * As `learnOwner`, of what the directory says now. A higher epoch that nobody spoke under may have been a claim that failed, of which Redis knows nothing any more:
 * where nobody else is to be asked, whoever it names is.
 */
export function findOwner(record: KeyRecord, owner: OwnerRef): boolean {
  if (record.owner === null && owner.epoch < record.seenEpoch && owner.epoch >= record.spokenEpoch) record.owner = owner
  return learnOwner(record, owner)
}

/** The actor itself spoke, as that life of it. Says whether the epoch rose. */
export function hearOwner(record: KeyRecord, owner: OwnerRef): boolean {
  if (owner.epoch < record.spokenEpoch) return false
  record.spokenEpoch = owner.epoch
  record.heardFrom = owner.incarnation
  return learnOwner(record, owner)
}

/**
 * The actor answered, as that life of it. It is believed over hearsay of a later one: if that one is real it will speak too,
 * or the end of this one will be noticed, and either has the sessions attached anew. Says whether the epoch rose.
 */
export function hearAnswer(record: KeyRecord, owner: OwnerRef): boolean {
  if (owner.epoch >= record.spokenEpoch) record.seenEpoch = Math.min(record.seenEpoch, owner.epoch)
  return hearOwner(record, owner)
}

/** That process life is not to be asked for now; sessions it knows stay attached to it. */
export function forgetOwner(record: KeyRecord, incarnation: Incarnation): void {
  if (record.owner?.incarnation === incarnation) record.owner = null
}

/** The actor is gone from that process life, or the link to it, and with it what it knew of our sessions. */
export function missOwner(record: KeyRecord, incarnation: Incarnation): void {
  forgetOwner(record, incarnation)
  for (const held of record.held.values()) {
    held.attachedEpoch = unattached
    held.openEpoch = unattached
  }
}
