import type { ActorKey, CommandId, Incarnation, ProcessId } from '../../protocol/ids.ts'

/** One durable command of one actor: a row of the journal and what is written beside it. */
export interface JournalEntry<Write> {
  readonly key: ActorKey
  /** The epoch under which it was decided. The entry is refused unless this is still the owner's epoch. */
  readonly epoch: number
  /** Number of the entry in its actor's journal: 1, 2, 3 … over all epochs. */
  readonly seq: number
  readonly commandId: CommandId
  /** Unix ms. */
  readonly atMs: number
  /** At least one. */
  readonly events: readonly unknown[]
  /** The answer, kept so that a repeated command gets the same one. */
  readonly reply: unknown
  /** Rows of the record, written in the same transaction. */
  readonly writes: readonly Write[]
}

export type StoredEntry = Omit<JournalEntry<never>, 'writes'>

export type AppendOutcome =
  | { readonly outcome: 'committed' }
  /** Another epoch owns the actor: nothing of the entry was written, and nothing behind it of the same actor. */
  | { readonly outcome: 'fenced'; readonly currentEpoch: number }
  /** The command id is in the journal already: nothing was written; this is the row that is there. */
  | { readonly outcome: 'duplicate'; readonly stored: StoredEntry }
  /**
   * A rule of the tables refused a write (a bug, not a race), or, by an AppError, a rule of the record that has a name: nothing of the entry
   * was written.
   */
  | { readonly outcome: 'refused'; readonly error: Error }

export interface StoredSnapshot {
  readonly seq: number
  readonly epoch: number
  /** The definition's snapshot and the dedup table, as the runtime made them. */
  readonly body: unknown
}

export interface LoadedActor {
  /** The epoch in force; 0 where nobody ever owned the actor. */
  readonly epoch: number
  readonly snapshot: StoredSnapshot | null
  /** Entries behind the snapshot, in order. */
  readonly tail: readonly StoredEntry[]
}

export interface Claimant {
  readonly process: ProcessId
  readonly incarnation: Incarnation
}

export type FenceResult =
  | { readonly granted: true; readonly loaded: LoadedActor }
  /** `epoch` was not above the one in force: claim again above `currentEpoch`. */
  | { readonly granted: false; readonly currentEpoch: number; readonly heldBy: null }
  /** Its owner lives on a lease in the record (NodeLeases): nobody else gets it, whatever Redis says. */
  | { readonly granted: false; readonly currentEpoch: number; readonly heldBy: Claimant }

/**
 * The record of all actors, and the place where ownership is decided: every durable write joins on the owner's epoch,
 * whatever Redis believes.
 *
 * A rejected promise means that the outcome is unknown (connection lost, time-out). The caller must then drop the actor
 * and load it again; it never guesses.
 */
export interface ActorJournal<Write> {
  /**
   * Raises the actor's epoch to `epoch` if it is higher and no other node holds the actor by a lease in the record, and loads
   * the actor as of that moment. `handed`: the last owner gave it to the claimant, so its lease does not stand in the way.
   */
  fence(key: ActorKey, epoch: number, claimant: Claimant, handed?: boolean): Promise<FenceResult>
  /**
   * One transaction for a batch of entries of any number of actors, at most 128; one outcome each, in order. The owner
   * rows are locked FOR SHARE, so a takeover waits for this append, and an append behind a takeover is fenced.
   */
  append(entries: readonly JournalEntry<Write>[]): Promise<readonly AppendOutcome[]>
  /** Keeps a snapshot if `epoch` is in force and it is newer than the stored one; says whether it did. */
  saveSnapshot(key: ActorKey, snapshot: StoredSnapshot): Promise<boolean>
  load(key: ActorKey): Promise<LoadedActor>
  /** The epoch in force; 0 where nobody ever owned the actor. */
  epochOf(key: ActorKey): Promise<number>
  /**
   * A write for an actor that has no owner: in one transaction takes the owner row FOR UPDATE, loads, lets `decide` make
   * an entry (or null for none), raises the epoch by one and appends. `decide` is synchronous and gets the epoch under
   * which its entry will stand. An owner that lives on a lease in the record (NodeLeases) keeps the actor: `fenced`, and
   * `decide` is not asked. Any other owner that believed itself alive is fenced by it at its next append.
   */
  guestAppend(
    key: ActorKey,
    claimant: Claimant,
    decide: (loaded: LoadedActor, epoch: number) => JournalEntry<Write> | null,
  ): Promise<AppendOutcome | { readonly outcome: 'nothing' }>
}
