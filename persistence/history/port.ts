import type { ActorKey, Incarnation, ProcessId } from '../../protocol/ids.ts'
import type { StoredEntry } from '../journal/port.ts'

/** Who was given an epoch of an actor. */
export interface EpochGrant {
  readonly key: ActorKey
  readonly epoch: number
  readonly process: ProcessId
  readonly incarnation: Incarnation
  readonly cause: 'claimed' | 'handed' | 'guest'
  /** By the database's clock, Unix ms. */
  readonly atMs: number
  /** Entries that stand under it. */
  readonly entries: number
}

/** Something in the record that no run of the service can have brought about, if it keeps its promises. */
export interface Finding {
  readonly key: ActorKey
  readonly epoch: number
  /** Of the entry it is about; null where it is about the epoch. */
  readonly seq: number | null
  readonly fault: 'two_owners' | 'epoch_falls' | 'seq_jumps' | 'epoch_ahead'
}

/** How many actors, epochs and entries an audit went through. */
export interface Audited {
  readonly actors: number
  readonly grants: number
  readonly entries: number
}

/** The past of actors, for people who look into it. Reads only. */
export interface JournalHistory {
  /** The last grants of an actor, oldest first; some 64 are kept. */
  grants(key: ActorKey): Promise<readonly EpochGrant[]>
  /** Every fault in the record of one actor, or of all where `key` is null; at most 1,000 of a kind. */
  audit(key: ActorKey | null): Promise<{ readonly findings: readonly Finding[]; readonly audited: Audited }>
  /** Entries of an actor in order, from its first on, up to a seq or a time (Unix ms). */
  entries(key: ActorKey, upTo: { readonly seq: number } | { readonly atMs: number }): Promise<readonly StoredEntry[]>
}
