import type { UserId } from '../../protocol/ids.ts'
import type { SanctionRef } from '../../protocol/workflows.ts'
import { sanctionRowKey, type MemoryRecord } from '../record/memory-record.ts'
import { readCursor, writeCursor, type TrailPosition } from './cursor.ts'
import { inForceMax } from './port.ts'
import type { ModerationEvent, SanctionRecords, StoredSanction, TrailFilter, TrailPage } from './port.ts'

/** Sanctions of a record in memory. */
export class MemorySanctionRecords implements SanctionRecords {
  readonly #record: MemoryRecord

  constructor(record: MemoryRecord) {
    this.#record = record
  }

  get(ref: SanctionRef): Promise<StoredSanction | null> {
    const { scope, scopeId, userId, kind } = ref
    const row = [...this.#record.tables.sanctions.values()].find(
      (sanction) => sanctionRowKey(sanction) === [scope, scopeId, userId, kind].join(' '),
    )
    return Promise.resolve(row ?? null)
  }

  overdue(beforeMs: number, limit: number): Promise<readonly StoredSanction[]> {
    const endOf = ({ untilMs }: StoredSanction) => untilMs ?? Number.POSITIVE_INFINITY
    const due = [...this.#record.tables.sanctions.values()]
      .filter((sanction) => sanction.liftedAtMs === null && endOf(sanction) < beforeMs)
      .sort((a, b) => endOf(a) - endOf(b))
    return Promise.resolve(due.slice(0, limit))
  }

  inForce(userId: UserId, nowMs: number): Promise<readonly StoredSanction[]> {
    const standing = [...this.#record.tables.sanctions.values()].filter(
      (sanction) =>
        sanction.userId === userId &&
        sanction.liftedAtMs === null &&
        (sanction.untilMs === null || sanction.untilMs > nowMs),
    )
    return Promise.resolve(standing.sort((a, b) => b.createdAtMs - a.createdAtMs).slice(0, inForceMax))
  }

  trail(filter: TrailFilter, limit: number, cursor: string | null): Promise<TrailPage> {
    return Promise.resolve().then(() => {
      const after = cursor === null ? null : readCursor(cursor)
      const found = this.#record.tables.moderation
        .filter((event) => matches(event, filter))
        .sort(newestFirst)
        .filter((event) => !after || newestFirst(after, event) < 0)
      const events = found.slice(0, limit)
      const last = events.at(-1)
      return { events, nextCursor: last && found.length > limit ? writeCursor(last) : null }
    })
  }
}

const newestFirst = (a: TrailPosition, b: TrailPosition): number =>
  b.atMs - a.atMs || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0)

const matches = (event: ModerationEvent, filter: TrailFilter): boolean =>
  (filter.roomId === undefined || event.roomId === filter.roomId) &&
  (filter.targetUserId === undefined || event.targetUserId === filter.targetUserId) &&
  (filter.moderatorId === undefined || event.moderatorId === filter.moderatorId) &&
  (filter.action === undefined || event.action === filter.action) &&
  (filter.fromMs === undefined || event.atMs >= filter.fromMs) &&
  (filter.toMs === undefined || event.atMs < filter.toMs)
