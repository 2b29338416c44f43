import pg from 'pg'
import type { ActorKey } from '../../protocol/ids.ts'
import { RolledBack } from '../transaction.ts'
import type { AppendOutcome, JournalEntry } from './port.ts'
import { toStoredEntry, type JournalRow } from './rows.ts'

/** What a batch ran into that the quick way does not sort out. Nothing of it was written. */
export class NotAllFresh extends RolledBack {
  constructor() {
    super('an entry is stale, or was appended before')
    this.name = 'NotAllFresh'
  }
}

/**
 * Appends a batch of which every entry is to be fresh, as nearly all are, in one statement; rejects with NotAllFresh where one
 * is stale. The owner rows are locked FOR SHARE: a takeover, which updates them, waits until this transaction ends, and an
 * append that comes behind a takeover reads the new epoch. FOR KEY SHARE would not do: raising the epoch is not a key update
 * and would not wait. They are locked in the order of the keys, so that two batches never wait for each other in a ring.
 */
export async function appendFresh(client: pg.ClientBase, entries: readonly JournalEntry<unknown>[]): Promise<void> {
  const inserted = await client.query({
    name: 'append-fresh',
    text: `with owner as materialized (
         select actor_key, epoch
           from actor_owner
          where actor_key = any($2)
          order by actor_key
            for share)
     insert into actor_journal (actor_key, seq, epoch, command_id, at, events, reply)
     select entry.actor_key, entry.seq, entry.epoch, entry.command_id, to_timestamp(entry.at_ms / 1000.0), entry.events, entry.reply
       from jsonb_to_recordset($1::jsonb) as entry (
              actor_key text, seq bigint, epoch bigint, command_id text, at_ms bigint, events jsonb, reply jsonb)
       join owner on owner.actor_key = entry.actor_key and owner.epoch = entry.epoch`,
    values: [asJson(entries), keysOf(entries)],
  })
  if (inserted.rowCount !== entries.length) throw new NotAllFresh()
}

/** The batch held a command that was carried out before, as the constraint of the table noticed. */
export const isDuplicateCommand = (error: unknown): boolean =>
  error instanceof pg.DatabaseError && error.constraint === 'actor_journal_command'

/** Appends what may be appended, inside the caller's transaction, and says for each entry what became of it. */
export async function appendEntries<Write>(
  client: pg.ClientBase,
  entries: readonly JournalEntry<Write>[],
): Promise<readonly AppendOutcome[]> {
  const [epochs, stored] = await Promise.all([lockEpochs(client, entries), findStored(client, entries)])
  const failed = new Set<ActorKey>()
  const outcomes = entries.map((entry): AppendOutcome => {
    const outcome = judge(entry, epochs.get(entry.key) ?? 0, stored.get(`${entry.key} ${entry.commandId}`), failed)
    if (outcome.outcome !== 'committed') failed.add(entry.key)
    return outcome
  })
  await insert(
    client,
    entries.filter((_, index) => outcomes[index]?.outcome === 'committed'),
  )
  return outcomes
}

function judge(
  entry: JournalEntry<unknown>,
  currentEpoch: number,
  stored: JournalRow | undefined,
  failed: ReadonlySet<ActorKey>,
): AppendOutcome {
  // Behind an entry that failed nothing of the actor may stand, or its journal would have a hole.
  if (entry.epoch !== currentEpoch || (failed.has(entry.key) && !stored)) return { outcome: 'fenced', currentEpoch }
  return stored ? { outcome: 'duplicate', stored: toStoredEntry(stored) } : { outcome: 'committed' }
}

async function lockEpochs(
  client: pg.ClientBase,
  entries: readonly JournalEntry<unknown>[],
): Promise<ReadonlyMap<string, number>> {
  const owners = await client.query<{ actor_key: string; epoch: number }>(
    `select actor_key, epoch
       from actor_owner
      where actor_key = any($1)
      order by actor_key
        for share`,
    [keysOf(entries)],
  )
  return new Map(owners.rows.map((row) => [row.actor_key, row.epoch]))
}

async function findStored(
  client: pg.ClientBase,
  entries: readonly JournalEntry<unknown>[],
): Promise<ReadonlyMap<string, JournalRow>> {
  const found = await client.query<JournalRow>(
    `select actor_key, seq, epoch, command_id, at, events, reply
       from actor_journal
       join unnest($1::text[], $2::text[]) as wanted (actor_key, command_id) using (actor_key, command_id)`,
    [entries.map(({ key }) => key), entries.map(({ commandId }) => commandId)],
  )
  return new Map(found.rows.map((row) => [`${row.actor_key} ${row.command_id}`, row]))
}

async function insert(client: pg.ClientBase, entries: readonly JournalEntry<unknown>[]): Promise<void> {
  if (entries.length === 0) return
  const inserted = await client.query(
    `insert into actor_journal (actor_key, seq, epoch, command_id, at, events, reply)
     select entry.actor_key, entry.seq, entry.epoch, entry.command_id, to_timestamp(entry.at_ms / 1000.0), entry.events, entry.reply
       from jsonb_to_recordset($1::jsonb) as entry (
              actor_key text, seq bigint, epoch bigint, command_id text, at_ms bigint, events jsonb, reply jsonb)
       join actor_owner as owner on owner.actor_key = entry.actor_key and owner.epoch = entry.epoch`,
    [asJson(entries)],
  )
  if (inserted.rowCount !== entries.length) throw new Error('the epoch changed under its lock')
}

const keysOf = (entries: readonly JournalEntry<unknown>[]): readonly ActorKey[] => [
  ...new Set(entries.map(({ key }) => key)),
]

const asJson = (entries: readonly JournalEntry<unknown>[]): string =>
  JSON.stringify(
    entries.map(({ key, seq, epoch, commandId, atMs, events, reply }) => ({
      actor_key: key,
      seq,
      epoch,
      command_id: commandId,
      at_ms: atMs,
      events,
      reply,
    })),
  )
