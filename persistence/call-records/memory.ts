import type { RoomId, SessionId } from '../../protocol/ids.ts'
import type { CallStore, LinkRow, QualityRow, SessionFacts, SignalRow, Written } from './port.ts'

export interface MemorySession extends SessionFacts {
  readonly status: 'new' | LinkRow['state']
  readonly createdAtMs: number
  readonly connectedAtMs: number | null
}

/** Rows of calls in memory. `hasRoom` says whether the record knows a room. */
export class MemoryCallStore implements CallStore {
  readonly sessions = new Map<SessionId, MemorySession>()
  readonly signals = new Map<string, SignalRow>()
  readonly reports = new Map<string, QualityRow>()
  readonly #hasRoom: (room: RoomId) => boolean

  constructor(hasRoom: (room: RoomId) => boolean) {
    this.#hasRoom = hasRoom
  }

  writeSignals(rows: readonly SignalRow[]): Promise<Written> {
    return this.#write(rows, (row) => this.signals.set(row.id, row))
  }

  writeQuality(rows: readonly QualityRow[]): Promise<Written> {
    return this.#write(rows, (row) => this.reports.set(row.id, row))
  }

  writeLinks(rows: readonly LinkRow[]): Promise<Written> {
    return this.#write(rows, ({ sessionId, state, atMs }) => {
      const session = this.sessions.get(sessionId)
      if (!session) return
      const connectedAtMs = session.connectedAtMs ?? (state === 'connected' ? atMs : null)
      this.sessions.set(sessionId, { ...session, status: state, connectedAtMs })
    })
  }

  #write<Row extends SessionFacts & { readonly atMs: number }>(
    rows: readonly Row[],
    put: (row: Row) => void,
  ): Promise<Written> {
    for (const { sessionId, roomId, userId, atMs } of rows) {
      if (this.sessions.has(sessionId) || !this.#hasRoom(roomId)) continue
      const facts = { sessionId, roomId, userId, createdAtMs: atMs }
      this.sessions.set(sessionId, { ...facts, status: 'new', connectedAtMs: null })
    }
    const known = rows.filter(({ sessionId, roomId }) => this.sessions.get(sessionId)?.roomId === roomId)
    for (const row of known) put(row)
    return Promise.resolve({ unknown: rows.length - known.length })
  }
}
