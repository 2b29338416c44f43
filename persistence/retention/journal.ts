import type pg from 'pg'
import { SnapshotDamaged, unpackSnapshot } from '../journal/snapshot-packing.ts'

/** Actors that one piece of work is about. */
const actorsAtOnce = 100

interface Behind {
  readonly actor_key: string
  readonly seq: number
  readonly packed: Buffer | null
}

/**
 * Takes away the entries of some actors that are old and lie behind a snapshot. From then on the actor cannot be loaded without that
 * snapshot, so it is unpacked first: one that is damaged keeps its journal. Command ids of what goes are forgotten: a command that is
 * sent again so many days later would be a new one.
 */
export async function removeJournal(
  client: pg.ClientBase,
  keepDays: number,
): Promise<{ readonly removed: number; readonly done: boolean }> {
  const { rows } = await client.query<Behind>(
    `select actor_key, seq, packed
       from actor_snapshot
      where actor_key in (
              select distinct entry.actor_key
                from actor_journal as entry
                join actor_snapshot as snapshot
                  on snapshot.actor_key = entry.actor_key and entry.seq <= snapshot.seq and not snapshot.is_damaged
               where entry.at < now() - $1 * interval '1 day'
               limit $2)
        for update skip locked`,
    [keepDays, actorsAtOnce],
  )
  let removed = 0
  for (const snapshot of rows) removed += await removeBehind(client, snapshot, keepDays)
  return { removed, done: rows.length < actorsAtOnce }
}

async function removeBehind(client: pg.ClientBase, { actor_key: key, seq, packed }: Behind, keepDays: number) {
  if (packed && !(await isWhole(packed))) {
    await client.query(`update actor_snapshot set is_damaged = true where actor_key = $1`, [key])
    return 0
  }
  const { rowCount } = await client.query(
    `delete from actor_journal where actor_key = $1 and seq <= $2 and at < now() - $3 * interval '1 day'`,
    [key, seq, keepDays],
  )
  return rowCount ?? 0
}

async function isWhole(packed: Buffer): Promise<boolean> {
  try {
    await unpackSnapshot(packed)
    return true
  } catch (error) {
    if (error instanceof SnapshotDamaged) return false
    throw error
  }
}
