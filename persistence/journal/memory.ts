import type { ActorKey } from '../../protocol/ids.ts'
import type {
  ActorJournal,
  AppendOutcome,
  Claimant,
  FenceResult,
  JournalEntry,
  LoadedActor,
  StoredEntry,
  StoredSnapshot,
} from './port.ts'

interface StoredActor {
  epoch: number
  claimant: Claimant | null
  entries: StoredEntry[]
  snapshot: StoredSnapshot | null
}

/** Writes the rows that go with an entry, all or none; a throw refuses the entry. */
export type WriteMemory<Write> = (writes: readonly Write[]) => void

/** The journal in memory. Every call is one uninterrupted step, which is what a transaction is in Postgres. */
export class MemoryActorJournal<Write> implements ActorJournal<Write> {
  readonly #actors = new Map<ActorKey, StoredActor>()
  readonly #writeRecord: WriteMemory<Write>
  readonly #holdsLease: (incarnation: Claimant['incarnation']) => boolean

  /** `holdsLease`: whether that life of a node holds a lease in the record (MemoryNodeLeases). */
  constructor(
    writeRecord: WriteMemory<Write>,
    holdsLease: (incarnation: Claimant['incarnation']) => boolean = () => false,
  ) {
    this.#writeRecord = writeRecord
    this.#holdsLease = holdsLease
  }

  fence(key: ActorKey, epoch: number, claimant: Claimant, handed = false): Promise<FenceResult> {
    const actor = this.#actor(key)
    const { epoch: currentEpoch, claimant: owner } = actor
    if (currentEpoch >= epoch) return Promise.resolve({ granted: false, currentEpoch, heldBy: null })
    const isOthers = owner !== null && owner.incarnation !== claimant.incarnation
    if (isOthers && !handed && this.#holdsLease(owner.incarnation)) {
      return Promise.resolve({ granted: false, currentEpoch, heldBy: owner })
    }
    const { process, incarnation } = claimant
    Object.assign(actor, { epoch, claimant: { process, incarnation } })
    return Promise.resolve({ granted: true, loaded: toLoaded(actor) })
  }

  append(entries: readonly JournalEntry<Write>[]): Promise<readonly AppendOutcome[]> {
    const failed = new Set<ActorKey>()
    const outcomes = entries.map((entry) => {
      const outcome = this.#appendOne(entry, failed.has(entry.key))
      if (outcome.outcome !== 'committed') failed.add(entry.key)
      return outcome
    })
    return Promise.resolve(outcomes)
  }

  saveSnapshot(key: ActorKey, snapshot: StoredSnapshot): Promise<boolean> {
    const actor = this.#actor(key)
    const kept = actor.epoch === snapshot.epoch && (actor.snapshot?.seq ?? -1) < snapshot.seq
    if (kept) actor.snapshot = asStored(snapshot)
    return Promise.resolve(kept)
  }

  load(key: ActorKey): Promise<LoadedActor> {
    return Promise.resolve(toLoaded(this.#actor(key)))
  }

  epochOf(key: ActorKey): Promise<number> {
    return Promise.resolve(this.#actor(key).epoch)
  }

  guestAppend(
    key: ActorKey,
    claimant: Claimant,
    decide: (loaded: LoadedActor, epoch: number) => JournalEntry<Write> | null,
  ): Promise<AppendOutcome | { readonly outcome: 'nothing' }> {
    return Promise.resolve().then(() => {
      const actor = this.#actor(key)
      const { epoch, claimant: owner } = actor
      if (owner && owner.incarnation !== claimant.incarnation && this.#holdsLease(owner.incarnation)) {
        return { outcome: 'fenced', currentEpoch: epoch }
      }
      const entry = decide(toLoaded(actor), epoch + 1)
      if (!entry) return { outcome: 'nothing' }
      actor.epoch = epoch + 1
      const outcome = this.#appendOne(entry, false)
      if (outcome.outcome === 'committed') actor.claimant = claimant
      else actor.epoch = epoch
      return outcome
    })
  }

  #appendOne(entry: JournalEntry<Write>, behindFailed: boolean): AppendOutcome {
    const actor = this.#actor(entry.key)
    const stored = actor.entries.find(({ commandId }) => commandId === entry.commandId)
    if (entry.epoch !== actor.epoch || (behindFailed && !stored)) {
      return { outcome: 'fenced', currentEpoch: actor.epoch }
    }
    if (stored) return { outcome: 'duplicate', stored: asStored(stored) }
    if (actor.entries.some(({ seq }) => seq === entry.seq)) {
      return { outcome: 'refused', error: new Error(`${entry.key} has an entry ${entry.seq} already`) }
    }
    const { writes, ...row } = entry
    try {
      this.#writeRecord(writes)
    } catch (error) {
      return { outcome: 'refused', error: error instanceof Error ? error : new Error(String(error)) }
    }
    actor.entries.push(asStored(row))
    return { outcome: 'committed' }
  }

  #actor(key: ActorKey): StoredActor {
    const known = this.#actors.get(key)
    if (known) return known
    const made: StoredActor = { epoch: 0, claimant: null, entries: [], snapshot: null }
    this.#actors.set(key, made)
    return made
  }
}

/** What Postgres would give back: a value of its own, as JSON keeps it. */
const asStored = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value

function toLoaded({ epoch, snapshot, entries }: StoredActor): LoadedActor {
  const tail = entries.filter(({ seq }) => seq > (snapshot?.seq ?? 0)).sort((a, b) => a.seq - b.seq)
  return { epoch, snapshot: asStored(snapshot), tail: asStored(tail) }
}
