import type pg from 'pg'
import type { ActorKey } from '../../protocol/ids.ts'
import type { LoadedActor, StoredSnapshot } from './port.ts'
import { toStoredEntry, type JournalRow } from './rows.ts'
import { SnapshotDamaged, unpackSnapshot } from './snapshot-packing.ts'

/** What was in front of an actor's journal is gone, and the snapshot that stood for it too: a backup has it. */
export class JournalCut extends Error {
  constructor(key: ActorKey, first: number) {
    super(`the journal of ${key} begins at ${first}, and no snapshot stands in front of it`)
    this.name = 'JournalCut'
  }
}

interface SnapshotRow {
  readonly seq: number
  readonly epoch: number
  /** As snapshots were kept before they were packed; null where there is a packed one. */
  readonly body: unknown
  readonly packed: Buffer | null
}

/**
 * Snapshot and the entries behind it, as this connection sees them; the caller's transaction has to keep snapshots from being
 * replaced meanwhile. `epoch` is what the caller found in force. A snapshot that is damaged is told to `onDamaged` and left
 * out: the journal is then read from its beginning.
 */
export async function loadActor(
  client: pg.ClientBase,
  key: ActorKey,
  epoch: number,
  onDamaged: (error: SnapshotDamaged) => void,
): Promise<LoadedActor> {
  const [snapshots, tail] = await Promise.all([
    client.query<SnapshotRow>({
      name: 'load-snapshot',
      text: `select seq, epoch, body, packed
         from actor_snapshot
        where actor_key = $1`,
      values: [key],
    }),
    client.query<JournalRow>({
      name: 'load-tail',
      text: `select actor_key, seq, epoch, command_id, at, events, reply
         from actor_journal
        where actor_key = $1 and seq > coalesce((select seq from actor_snapshot where actor_key = $1), 0)
        order by seq`,
      values: [key],
    }),
  ])
  const row = snapshots.rows[0]
  if (!row) mindBeginning(key, tail.rows)
  try {
    return { epoch, snapshot: row ? await toSnapshot(row) : null, tail: tail.rows.map(toStoredEntry) }
  } catch (error) {
    if (!(error instanceof SnapshotDamaged)) throw error
    onDamaged(error)
    return { epoch, snapshot: null, tail: await wholeJournal(client, key) }
  }
}

async function toSnapshot({ seq, epoch, body, packed }: SnapshotRow): Promise<StoredSnapshot> {
  return { seq, epoch, body: packed ? await unpackSnapshot(packed) : body }
}

async function wholeJournal(client: pg.ClientBase, key: ActorKey): Promise<LoadedActor['tail']> {
  const { rows } = await client.query<JournalRow>(
    `select actor_key, seq, epoch, command_id, at, events, reply
       from actor_journal
      where actor_key = $1
      order by seq`,
    [key],
  )
  mindBeginning(key, rows)
  return rows.map(toStoredEntry)
}

/** Without its first entries a journal is no actor: it must not begin as one that never was. */
function mindBeginning(key: ActorKey, rows: readonly JournalRow[]): void {
  const first = rows[0]?.seq
  if (first !== undefined && first !== 1) throw new JournalCut(key, first)
}
