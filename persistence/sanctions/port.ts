import type { RoomId, UserId } from '../../protocol/ids.ts'
import type { SanctionRef, SanctionScope } from '../../protocol/workflows.ts'
import type { SanctionKind } from '../../protocol/room/values.ts'

/** The latest generation of one sanction. Times are Unix ms. */
export interface StoredSanction {
  readonly scope: SanctionScope
  readonly scopeId: string
  readonly userId: UserId
  readonly kind: SanctionKind
  readonly generation: number
  /** Null is permanent. */
  readonly untilMs: number | null
  readonly by: UserId
  readonly reason: string
  readonly createdAtMs: number
  readonly liftedAtMs: number | null
  readonly liftCause: string | null
}

/** One line of the trail of moderation. Times are Unix ms. */
export interface ModerationEvent {
  readonly roomId: RoomId | null
  readonly moderatorId: UserId
  readonly targetUserId: UserId
  readonly action: string
  readonly reason: string
  readonly atMs: number
  readonly expiresAtMs: number | null
  readonly durationS: number | null
  readonly data: Readonly<Record<string, unknown>>
}

/** Reading the record of sanctions. Written only through the journal. */
export interface SanctionRecords {
  /** Its latest generation, lifted or not; null where there never was one. */
  get(ref: SanctionRef): Promise<StoredSanction | null>
  /** Sanctions not lifted whose end lies before `beforeMs`, the longest overdue first. `limit` 1-1,000. */
  overdue(beforeMs: number, limit: number): Promise<readonly StoredSanction[]>
  /** The trail of a room, newest first. `limit` 1-1,000. */
  eventsOf(roomId: RoomId, limit: number): Promise<readonly ModerationEvent[]>
}
