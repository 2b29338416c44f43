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
  /** A UUID. */
  readonly id: string
  readonly roomId: RoomId | null
  readonly moderatorId: UserId
  readonly targetUserId: UserId
  readonly action: string
  readonly reason: string
  readonly evidence: string | null
  readonly atMs: number
  readonly expiresAtMs: number | null
  readonly durationS: number | null
  readonly data: Readonly<Record<string, unknown>>
}

/** What of the trail is wanted; absent is any. Times are Unix ms. */
export interface TrailFilter {
  readonly roomId?: RoomId
  readonly targetUserId?: UserId
  readonly moderatorId?: UserId
  readonly action?: string
  readonly fromMs?: number
  /** Before it. */
  readonly toMs?: number
}

export interface TrailPage {
  readonly events: readonly ModerationEvent[]
  /** Hand it back for the next page; null on the last. Opaque. */
  readonly nextCursor: string | null
}

/** Sanctions of one user that are told at the most. */
export const inForceMax = 1_000

/** Reading the record of sanctions. Written only through the journal. */
export interface SanctionRecords {
  /** Its latest generation, lifted or not; null where there never was one. */
  get(ref: SanctionRef): Promise<StoredSanction | null>
  /** Sanctions not lifted whose end lies before `beforeMs`, the longest overdue first. `limit` 1-1,000. */
  overdue(beforeMs: number, limit: number): Promise<readonly StoredSanction[]>
  /** What stands on a user at that time, in whatever scope, newest first. At most 1,000. */
  inForce(userId: UserId, nowMs: number): Promise<readonly StoredSanction[]>
  /** The trail of moderation, newest first. `limit` 1-100. A cursor that is not ours throws VALIDATION_FAILED. */
  trail(filter: TrailFilter, limit: number, cursor: string | null): Promise<TrailPage>
}
