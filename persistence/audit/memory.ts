import type { UserId } from '../../protocol/ids.ts'
import type { MemoryRecord } from '../record/memory-record.ts'
import { readCursor, writeCursor, type AuditPosition } from './cursor.ts'
import type { AuditEntry, AuditFilter, AuditPage, AuditRecords, AuditRow } from './port.ts'

/** The audit log of a record in memory. */
export class MemoryAuditRecords implements AuditRecords {
  readonly #record: MemoryRecord

  constructor(record: MemoryRecord) {
    this.#record = record
  }

  list(filter: AuditFilter, limit: number, cursor: string | null): Promise<AuditPage> {
    return Promise.resolve().then(() => {
      const after = cursor === null ? null : readCursor(cursor)
      const found = this.#record.tables.audit
        .filter((row) => matches(row, filter))
        .sort(newestFirst)
        .filter((row) => !after || newestFirst(after, row) < 0)
      const entries = found.slice(0, limit)
      const last = entries.at(-1)
      const nextCursor = last && found.length > limit ? writeCursor(last) : null
      return { entries: entries.map(toEntry), nextCursor }
    })
  }

  erase(userId: UserId): Promise<number> {
    const rows = this.#record.tables.audit
    const found = rows.filter(({ body }) => body?.actor_user === userId || body?.target_user === userId)
    for (const row of found) this.#record.replaceAuditRow(rows.indexOf(row), { ...row, body: null, salt: null })
    return Promise.resolve(found.length)
  }
}

const newestFirst = (a: AuditPosition, b: AuditPosition): number =>
  b.recordedAtMs - a.recordedAtMs || (a.chain < b.chain ? 1 : a.chain > b.chain ? -1 : b.seq - a.seq)

const matches = (row: AuditRow, filter: AuditFilter): boolean =>
  (filter.roomId === undefined || row.roomId === filter.roomId) &&
  (filter.actorUser === undefined || row.body?.actor_user === filter.actorUser) &&
  (filter.targetUser === undefined || row.body?.target_user === filter.targetUser) &&
  (filter.action === undefined || row.action === filter.action) &&
  (filter.fromMs === undefined || row.recordedAtMs >= filter.fromMs) &&
  (filter.toMs === undefined || row.recordedAtMs < filter.toMs)

const toEntry = ({ salt: _salt, commitment: _commitment, prevHash: _prevHash, ...entry }: AuditRow): AuditEntry => entry
