import type { AuditBody } from '../../protocol/audit.ts'
import type { RoomId } from '../../protocol/ids.ts'
import type { AuditEntry, AuditRow } from './port.ts'

/** What people read of a row, as Postgres gives it. */
export interface EntryColumns {
  readonly chain: string
  readonly seq: number
  readonly at: Date
  readonly recorded_at: Date
  readonly action: string
  readonly room_id: RoomId | null
  readonly guild_id: string | null
  readonly body: AuditBody | null
  readonly hash: Buffer
}

/** A whole row, as Postgres gives it. Its moments as numbers: a Date would hide what is smaller than a millisecond. */
export interface RowColumns extends Omit<EntryColumns, 'at' | 'recorded_at'> {
  readonly at_ms: number
  readonly recorded_at_ms: number
  readonly salt: Buffer | null
  readonly commitment: Buffer
  readonly prev_hash: Buffer
}

export const rowColumns = `chain, seq, (extract(epoch from at) * 1000)::float8 as at_ms,
  (extract(epoch from recorded_at) * 1000)::float8 as recorded_at_ms, action, room_id, guild_id, body, salt, commitment, prev_hash`

export const toAuditEntry = ({ at, recorded_at, room_id, guild_id, ...row }: EntryColumns): AuditEntry => ({
  ...{ chain: row.chain, seq: row.seq, atMs: at.getTime(), recordedAtMs: recorded_at.getTime(), action: row.action },
  ...{ roomId: room_id, guildId: guild_id, body: row.body, hash: row.hash },
})

export const toAuditRow = (row: RowColumns): AuditRow => ({
  ...{ chain: row.chain, seq: row.seq, atMs: row.at_ms, recordedAtMs: row.recorded_at_ms, action: row.action },
  ...{ roomId: row.room_id, guildId: row.guild_id, body: row.body, salt: row.salt },
  ...{ commitment: row.commitment, prevHash: row.prev_hash, hash: row.hash },
})
