import type pg from 'pg'
import type { ActorKey } from '../../protocol/ids.ts'
import type { LoadedActor } from './port.ts'
import { toStoredEntry, type JournalRow } from './rows.ts'

/** Snapshot and the entries behind it, as this connection sees them. `epoch` is what the caller found in force. */
export async function loadActor(client: pg.ClientBase, key: ActorKey, epoch: number): Promise<LoadedActor> {
  const snapshots = await client.query<{ seq: number; epoch: number; body: unknown }>(
    `select seq, epoch, body
       from actor_snapshot
      where actor_key = $1`,
    [key],
  )
  const snapshot = snapshots.rows[0] ?? null
  const tail = await client.query<JournalRow>(
    `select actor_key, seq, epoch, command_id, at, events, reply
       from actor_journal
      where actor_key = $1 and seq > $2
      order by seq`,
    [key, snapshot?.seq ?? 0],
  )
  return { epoch, snapshot, tail: tail.rows.map(toStoredEntry) }
}
