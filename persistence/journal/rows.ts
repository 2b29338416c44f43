import type { ActorKey, CommandId } from '../../protocol/ids.ts'
import type { StoredEntry } from './port.ts'

/** A row of `actor_journal` as `entryColumns` selects it. */
export interface JournalRow {
  readonly actor_key: string
  readonly seq: number
  readonly epoch: number
  readonly command_id: string
  readonly at: Date
  readonly events: unknown[]
  readonly reply: unknown
}

export const toStoredEntry = (row: JournalRow): StoredEntry => ({
  key: row.actor_key as ActorKey,
  seq: row.seq,
  epoch: row.epoch,
  commandId: row.command_id as CommandId,
  atMs: row.at.getTime(),
  events: row.events,
  reply: row.reply,
})
