import type pg from 'pg'
import type { ActorKey } from '../../protocol/ids.ts'
import type { AppendOutcome, JournalEntry } from './port.ts'
import { toStoredEntry, type JournalRow } from './rows.ts'

/**
 * Appends what may be appended, inside the caller's transaction, and says for each entry what became of it. The owner rows
 * are locked FOR SHARE: a takeover, which updates them, waits until this transaction ends, and an append that comes behind a
 * takeover reads the new epoch. FOR KEY SHARE would not do: raising the epoch is not a key update and would not wait.
 */
export async function appendEntries<Write>(
  client: pg.ClientBase,
  entries: readonly JournalEntry<Write>[],
): Promise<readonly AppendOutcome[]> {
  const epochs = await lockEpochs(client, entries)
  const stored = await findStored(client, entries)
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
  // In the order of the keys, so that two batches never wait for each other in a ring.
  const owners = await client.query<{ actor_key: string; epoch: number }>(
    `select actor_key, epoch
       from actor_owner
      where actor_key = any($1)
      order by actor_key
        for share`,
    [[...new Set(entries.map(({ key }) => key))]],
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
    [
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
      ),
    ],
  )
  if (inserted.rowCount !== entries.length) throw new Error('the epoch changed under its lock')
}
