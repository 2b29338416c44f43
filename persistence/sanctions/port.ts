import type { RoomId, UserId } from '../../protocol/ids.ts'
import type { SanctionRef, SanctionScope } from '../../protocol/workflows.ts'
import type { SanctionKind } from '../../protocol/room/values.ts'
import type { Scope, WiderKind, WiderSanction } from '../../protocol/sanctions/scope.ts'
import type { ZoneId } from '../../protocol/zone/plan.ts'

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
  readonly scope: SanctionScope
  /** The UUID of the room or zone, the guild's id, or `all`. */
  readonly scopeId: string
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

/** Other than one room. */
export type RecordedScope = Scope | { readonly scope: 'zone'; readonly scopeId: ZoneId }

/** What of the trail is wanted; absent is any. Times are Unix ms. */
export interface TrailFilter {
  readonly roomId?: RoomId
  readonly scope?: RecordedScope
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

/** What of a scope's sanctions is wanted; absent is any. */
export interface StandingFilter {
  readonly kind?: WiderKind
  readonly userId?: UserId
}

export interface StandingPage {
  readonly sanctions: readonly StoredSanction[]
  /** Hand it back for the next page; null on the last. Opaque. */
  readonly nextCursor: string | null
}

/** Sanctions of one user that are told at the most. */
export const inForceMax = 1_000

/** Reading the record of sanctions. Written only through the journal. */
export interface SanctionRecords {
  /** Its latest generation, lifted or not; null where there never was one. */
  get(ref: SanctionRef): Promise<StoredSanction | null>
  /**
   * Sanctions not lifted whose end lies before `beforeMs`, the longest overdue first, behind `after` where one is given; those of closed
   * rooms wait for nobody and are left out. `limit` 1-1,000.
   */
  overdue(beforeMs: number, limit: number, after: StoredSanction | null): Promise<readonly StoredSanction[]>
  /** What stands on a user at that time, in whatever scope, newest first. At most 1,000. */
  inForce(userId: UserId, nowMs: number): Promise<readonly StoredSanction[]>
  /**
   * What stands on a user beyond that room and counts in it: of its guild and of the whole service. Not lifted; whoever asks compares the
   * deadlines with a clock. Of a room that is not there, what stands in the whole service.
   */
  widerOn(userId: UserId, roomId: RoomId): Promise<readonly WiderSanction[]>
  /** What stands in a zone, in a guild or in the whole service, newest first. `limit` 1-100. A cursor that is not ours throws VALIDATION_FAILED. */
  standing(
    scope: RecordedScope,
    filter: StandingFilter,
    nowMs: number,
    limit: number,
    cursor: string | null,
  ): Promise<StandingPage>
  /** The trail of moderation, newest first. `limit` 1-100. A cursor that is not ours throws VALIDATION_FAILED. */
  trail(filter: TrailFilter, limit: number, cursor: string | null): Promise<TrailPage>
}

/** Somebody of whom a wider sanction changed, with rooms that have yet to learn of it. */
export interface SpreadTask {
  readonly userId: UserId
  /** Counts up with every change. */
  readonly changes: number
  /** Failures so far. */
  readonly attempts: number
  /** Since the last change, ms. */
  readonly ageMs: number
}

/** A room where a user has a seat, and what stands on them there beyond the room. */
export interface SeatedRoom {
  readonly roomId: RoomId
  readonly sanctions: readonly WiderSanction[]
}

/** Rooms where one user has seats that are told at once. */
export const seatedRoomsMax = 1_000

/**
 * What rooms have yet to learn of wider sanctions. A row is written with the sanction and goes when every room knows it. Any number may
 * work on it: a task that was claimed is nobody else's until its time is over.
 */
export interface SanctionSpread {
  /** Tasks that are due, the longest first; they are due again after `forMs` unless they are settled. */
  claim(limit: number, forMs: number): Promise<readonly SpreadTask[]>
  /** Every room where the user has a seat as of now, with the sanctions of one moment. At most 1,000. */
  seatsOf(userId: UserId): Promise<readonly SeatedRoom[]>
  /** Every room knows: the task goes, unless something changed since it was claimed. */
  done(task: SpreadTask): Promise<void>
  /** Not every room could be told: it is due again after `afterMs`, or at once where something changed. */
  putOff(task: SpreadTask, afterMs: number, error: string): Promise<void>
  backlog(): Promise<{ readonly users: number; readonly oldestAgeMs: number }>
  /** Calls `wake` whenever there may be something to do, until the returned function is called. */
  listen(wake: () => void): Promise<() => Promise<void>>
}

/** What those ask who let people into zones, and keep it: nothing of a zone's players is in the record. */
export interface WiderSanctions {
  /**
   * What stands beyond one room or zone on each of these users: of that guild, null for none, and of the whole service. Not lifted; whoever asks
   * compares the deadlines with a clock. Users on whom nothing stands are left out. At most 1,000 are asked for at once.
   */
  on(userIds: readonly UserId[], guildId: string | null): Promise<ReadonlyMap<UserId, readonly WiderSanction[]>>
  /**
   * Calls `heard` with each user on whom something changed, behind its commit, until the returned function is called; with null where some may
   * have been missed. Rejects where it cannot be listened at first.
   */
  listen(heard: (userId: UserId | null) => void): Promise<() => Promise<void>>
}
