import type { AuditBody } from '../../protocol/audit.ts'
import type { RoomId, UserId } from '../../protocol/ids.ts'

/** One row of the audit log, as it lies in the table. Times are Unix ms. */
export interface AuditRow {
  /** Whose trail it is: the key of the actor that wrote it. */
  readonly chain: string
  /** 1, 2, 3 … in its chain. */
  readonly seq: number
  /** When it was decided, by the clock of the node. */
  readonly atMs: number
  /** When it was written down, by the clock of the record. */
  readonly recordedAtMs: number
  readonly action: string
  readonly roomId: RoomId | null
  readonly guildId: string | null
  /** Null once it was erased, and with it the salt. */
  readonly body: AuditBody | null
  readonly salt: Buffer | null
  readonly commitment: Buffer
  readonly prevHash: Buffer
  readonly hash: Buffer
}

/** A row for people to read. */
export type AuditEntry = Omit<AuditRow, 'salt' | 'commitment' | 'prevHash'>

export interface AuditFilter {
  readonly roomId?: RoomId
  readonly actorUser?: UserId
  readonly targetUser?: UserId
  readonly action?: string
  /** By `recordedAtMs`: from this moment on. */
  readonly fromMs?: number
  /** By `recordedAtMs`: before this moment. */
  readonly toMs?: number
}

export interface AuditPage {
  readonly entries: readonly AuditEntry[]
  /** Hand it back for the next page; null on the last. Opaque. */
  readonly nextCursor: string | null
}

/** Reading the audit log, and the one change it knows. Written only through the journal. */
export interface AuditRecords {
  /** Newest first, by when they were written down. `limit` 1-1,000. A cursor that is not ours throws VALIDATION_FAILED. */
  list(filter: AuditFilter, limit: number, cursor: string | null): Promise<AuditPage>
  /**
   * Takes what speaks of this person out of every row, as doer or as target: body and salt go, the commitment stays, and the
   * chains hold. Returns how many rows. The rest of the record is another matter.
   */
  erase(userId: UserId): Promise<number>
}
