import type { RoomId, UserId } from '../../protocol/ids.ts'
import { widerOn, type MemoryRecord } from '../record/memory-record.ts'
import type { SanctionSpread, SeatedRoom, SpreadTask } from './port.ts'

/** What rooms of a record in memory have yet to learn. */
export class MemorySanctionSpread implements SanctionSpread {
  readonly #record: MemoryRecord

  constructor(record: MemoryRecord) {
    this.#record = record
  }

  claim(limit: number, forMs: number): Promise<readonly SpreadTask[]> {
    const { spread } = this.#record.tables
    const nowMs = this.#record.clock.wallMs()
    const due = [...spread]
      .filter(([, { nextAttemptAtMs }]) => nextAttemptAtMs <= nowMs)
      .sort(([, a], [, b]) => a.nextAttemptAtMs - b.nextAttemptAtMs)
      .slice(0, limit)
    for (const [userId, row] of due) spread.set(userId, { ...row, nextAttemptAtMs: nowMs + forMs })
    return Promise.resolve(
      due.map(([userId, { changes, attempts, changedAtMs }]) => ({
        ...{ userId, changes, attempts },
        ageMs: nowMs - changedAtMs,
      })),
    )
  }

  seatsOf(userId: UserId): Promise<readonly SeatedRoom[]> {
    const { tables } = this.#record
    const rooms = new Set<RoomId>()
    for (const seat of tables.seats.values()) if (seat.userId === userId && !seat.left) rooms.add(seat.roomId)
    return Promise.resolve(
      [...rooms].flatMap((roomId) => {
        const room = tables.rooms.get(roomId)
        if (room?.status !== 'active') return []
        return [{ roomId, sanctions: widerOn(tables, userId, room.spec.guild_id) }]
      }),
    )
  }

  done({ userId, changes }: SpreadTask): Promise<void> {
    const { spread } = this.#record.tables
    if (spread.get(userId)?.changes === changes) spread.delete(userId)
    return Promise.resolve()
  }

  putOff({ userId, changes }: SpreadTask, afterMs: number): Promise<void> {
    const { spread } = this.#record.tables
    const row = spread.get(userId)
    if (row?.changes === changes) {
      const nextAttemptAtMs = this.#record.clock.wallMs() + afterMs
      spread.set(userId, { ...row, attempts: row.attempts + 1, nextAttemptAtMs })
    }
    return Promise.resolve()
  }

  backlog(): Promise<{ readonly users: number; readonly oldestAgeMs: number }> {
    const rows = [...this.#record.tables.spread.values()]
    const oldest = Math.min(...rows.map(({ changedAtMs }) => changedAtMs))
    const oldestAgeMs = rows.length === 0 ? 0 : this.#record.clock.wallMs() - oldest
    return Promise.resolve({ users: rows.length, oldestAgeMs })
  }

  listen(wake: () => void): Promise<() => Promise<void>> {
    const stop = this.#record.onSpread(wake)
    return Promise.resolve(() => {
      stop()
      return Promise.resolve()
    })
  }
}
