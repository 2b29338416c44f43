import type { ActorKey } from '../../protocol/ids.ts'
import type { LoadedActor, StoredEntry, StoredSnapshot } from '../../persistence/journal/port.ts'
import { DedupTable, type StoredDedup } from './dedup.ts'
import type { AnyDefinition } from './definition.ts'
import { RecentEvents } from './recent-events.ts'

/** An actor as the journal tells it. */
export interface Replayed {
  readonly state: unknown
  readonly seq: number
  readonly dedup: DedupTable
  /** What the replayed entries told. */
  readonly recent: RecentEvents
}

interface SnapshotBody {
  /** FROZEN: 1. Another number is a shape this version does not read. */
  readonly format: number
  readonly state: unknown
  readonly dedup: StoredDedup
}

/** What a snapshot of this state at this seq looks like in the store. */
export function snapshotBody<Write>(
  definition: AnyDefinition<Write>,
  state: unknown,
  dedup: DedupTable,
  seq: number,
): SnapshotBody {
  return { format: 1, state: definition.toSnapshot(state), dedup: dedup.upTo(seq) }
}

/** Rebuilds an actor from its snapshot and the entries behind it. Throws when something there cannot be read. */
export function replay<Write>(definition: AnyDefinition<Write>, key: ActorKey, loaded: LoadedActor): Replayed {
  const dedup = new DedupTable()
  let state: unknown = startingState(definition, key, loaded.snapshot, dedup)
  let seq = loaded.snapshot?.seq ?? 0
  const recent = new RecentEvents(seq)
  for (const entry of loaded.tail) {
    if (entry.seq !== seq + 1) throw new Error(`journal of ${key} jumps from ${seq} to ${entry.seq}`)
    const applied = applyEntry(definition, state, entry)
    state = applied.state
    seq = entry.seq
    recent.add({ epoch: entry.epoch, seq }, applied.told)
    dedup.remember(entry.commandId, { seq, reply: entry.reply })
  }
  return { state, seq, dedup, recent }
}

function startingState<Write>(
  definition: AnyDefinition<Write>,
  key: ActorKey,
  snapshot: StoredSnapshot | null,
  dedup: DedupTable,
): unknown {
  if (!snapshot) return definition.initial(key)
  const body = snapshot.body as SnapshotBody
  if (body.format !== 1) throw new Error(`snapshot of ${key} has the unknown format ${body.format}`)
  dedup.restore(body.dedup)
  return definition.fromSnapshot(key, body.state)
}

function applyEntry<Write>(definition: AnyDefinition<Write>, before: unknown, entry: StoredEntry) {
  const told: unknown[] = []
  let state: unknown = before
  for (const [part, raw] of entry.events.entries()) {
    const context = { key: entry.key, epoch: entry.epoch, seq: entry.seq, part, atMs: entry.atMs }
    const event: unknown = definition.decodeEvent(raw)
    state = definition.evolve(state, event, context)
    const published: unknown = definition.publish(event, state, context)
    if (published !== null) told.push(published)
  }
  return { state, told }
}
