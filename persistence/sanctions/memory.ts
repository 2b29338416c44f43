import type { RoomId } from '../../protocol/ids.ts'
import type { SanctionRef } from '../../protocol/workflows.ts'
import { sanctionRowKey, type MemoryRecord } from '../record/memory-record.ts'
import type { ModerationEvent, SanctionRecords, StoredSanction } from './port.ts'

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

  eventsOf(roomId: RoomId, limit: number): Promise<readonly ModerationEvent[]> {
    const events = this.#record.tables.moderation.filter((event) => event.roomId === roomId)
    return Promise.resolve(events.sort((a, b) => b.atMs - a.atMs).slice(0, limit))
  }
}
