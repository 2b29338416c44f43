import type { UserId } from '../../protocol/ids.ts'
import type { MemoryRecord } from '../record/memory-record.ts'
import type { Erasure, ErasureRequest, PersonRecords, PersonRow } from './port.ts'

/** People of a record in memory. An erasure that is asked for stays under way: nothing in memory outlives its process. */
export class MemoryPersonRecords implements PersonRecords {
  readonly #record: MemoryRecord
  readonly #erasures = new Map<string, Erasure>()

  constructor(record: MemoryRecord) {
    this.#record = record
  }

  async *export(userId: UserId): AsyncIterable<PersonRow> {
    const { seats, sanctions, moderation, invites } = this.#record.tables
    const rows: PersonRow[] = [
      ...[...seats.values()].map((row) => ({ table: 'voice_participants', row: { ...row } })),
      ...[...sanctions.values()].map((row) => ({ table: 'voice_sanctions', row: { ...row } })),
      ...moderation.map((row) => ({ table: 'voice_moderation_events', row: { ...row } })),
      ...[...invites.values()].map((row) => ({ table: 'voice_room_invites', row: { ...row } })),
    ]
    yield* rows.filter(({ row }) => Object.values(row).includes(userId))
    await Promise.resolve()
  }

  requestErasure({ erasureId, atMs }: ErasureRequest): Promise<void> {
    this.#erasures.set(erasureId, { erasureId, requestedAtMs: atMs, doneAtMs: null })
    return Promise.resolve()
  }

  erasure(erasureId: string): Promise<Erasure | null> {
    return Promise.resolve(this.#erasures.get(erasureId) ?? null)
  }
}
