import type { RoomId, UserId } from '../../protocol/ids.ts'
import type { WiderSanction } from '../../protocol/sanctions/scope.ts'
import type { SanctionRef } from '../../protocol/workflows.ts'
import { sanctionRowKey, widerOn, type MemoryRecord } from '../record/memory-record.ts'
import { readCursor, readStandingCursor, writeCursor, writeStandingCursor } from './cursor.ts'
import type { StandingPosition, TrailPosition } from './cursor.ts'
import { inForceMax } from './port.ts'
import type {
  ModerationEvent,
  RecordedScope,
  SanctionRecords,
  StandingFilter,
  StandingPage,
  StoredSanction,
  TrailFilter,
  TrailPage,
} from './port.ts'

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

  overdue(beforeMs: number, limit: number, after: StoredSanction | null): Promise<readonly StoredSanction[]> {
    const { rooms, sanctions } = this.#record.tables
    const due = [...sanctions.values()]
      .filter((sanction) => sanction.liftedAtMs === null && endOf(sanction) < beforeMs)
      .filter(({ scope, scopeId }) => scope !== 'room' || rooms.get(scopeId as RoomId)?.status === 'active')
      .sort(longestOverdue)
      .filter((sanction) => !after || longestOverdue(after, sanction) < 0)
    return Promise.resolve(due.slice(0, limit))
  }

  widerOn(userId: UserId, roomId: RoomId): Promise<readonly WiderSanction[]> {
    const { tables } = this.#record
    return Promise.resolve(widerOn(tables, userId, tables.rooms.get(roomId)?.spec.guild_id ?? null))
  }

  standing(
    { scope, scopeId }: RecordedScope,
    filter: StandingFilter,
    nowMs: number,
    limit: number,
    cursor: string | null,
  ): Promise<StandingPage> {
    return Promise.resolve().then(() => {
      const after = cursor === null ? null : readStandingCursor(cursor)
      const found = [...this.#record.tables.sanctions.values()]
        .filter((sanction) => sanction.scope === scope && sanction.scopeId === scopeId)
        .filter((sanction) => sanction.liftedAtMs === null && endOf(sanction) > nowMs)
        .filter(({ kind }) => filter.kind === undefined || kind === filter.kind)
        .filter(({ userId }) => filter.userId === undefined || userId === filter.userId)
        .sort(newestStanding)
        .filter((sanction) => !after || newestStanding(after, sanction) < 0)
      const sanctions = found.slice(0, limit)
      const last = sanctions.at(-1)
      return { sanctions, nextCursor: last && found.length > limit ? writeStandingCursor(last) : null }
    })
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

const endOf = ({ untilMs }: StoredSanction): number => untilMs ?? Number.POSITIVE_INFINITY

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)

const longestOverdue = (a: StoredSanction, b: StoredSanction): number =>
  endOf(a) - endOf(b) || byText(sanctionRowKey(a), sanctionRowKey(b))

const newestStanding = (a: StandingPosition, b: StandingPosition): number =>
  b.createdAtMs - a.createdAtMs || byText(a.userId, b.userId) || byText(a.kind, b.kind)

const newestFirst = (a: TrailPosition, b: TrailPosition): number =>
  b.atMs - a.atMs || (a.id < b.id ? 1 : a.id > b.id ? -1 : 0)

const matches = (event: ModerationEvent, filter: TrailFilter): boolean =>
  (filter.roomId === undefined || event.roomId === filter.roomId) &&
  (filter.scope === undefined || (event.scope === filter.scope.scope && event.scopeId === filter.scope.scopeId)) &&
  (filter.targetUserId === undefined || event.targetUserId === filter.targetUserId) &&
  (filter.moderatorId === undefined || event.moderatorId === filter.moderatorId) &&
  (filter.action === undefined || event.action === filter.action) &&
  (filter.fromMs === undefined || event.atMs >= filter.fromMs) &&
  (filter.toMs === undefined || event.atMs < filter.toMs)
