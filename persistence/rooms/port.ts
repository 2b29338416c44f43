import type { RoomId, UserId } from '../../protocol/ids.ts'
import type { RoomView } from '../../protocol/room/view.ts'
import type { RoomType } from '../../protocol/room/values.ts'

export interface RoomFilter {
  readonly roomType?: RoomType
  readonly region?: string
  readonly ownerId?: UserId
  readonly status?: 'active' | 'closed'
  readonly guildId?: string
  readonly gameServerId?: string
  readonly hasPassword?: boolean
  readonly parentRoomId?: RoomId
  /** The beginning of the name, in small or capital letters. */
  readonly name?: string
  /** `newest`, the default, or `participants`: the fullest first, the newest of them before the others. */
  readonly sort?: 'newest' | 'participants'
  /**
   * Private rooms are listed only for their owner, for people with a seat or a role that was given, in halls of the viewer's `guilds`, or
   * with `all`.
   */
  readonly visibleTo: UserId | 'all'
  /** The guilds of who looks. */
  readonly guilds?: readonly string[]
}

export interface RoomPage {
  readonly rooms: readonly RoomView[]
  /** Hand it back for the next page; null on the last. Opaque. */
  readonly nextCursor: string | null
}

/** A room whose end has passed by the record. */
export interface OverdueRoom {
  readonly roomId: RoomId
  /** Unix ms. */
  readonly closesAtMs: number
}

/** Reading the record of rooms. Written only through the journal. */
export interface RoomRecords {
  /**
   * In the order of `sort`. `limit` 1-100. A cursor that is not ours, or of another order, throws VALIDATION_FAILED. Rooms that are made
   * meanwhile move no page; one whose seats change may be seen twice or missed by `participants`.
   */
  list(filter: RoomFilter, limit: number, cursor: string | null): Promise<RoomPage>
  /** The Argon2id string, null for a room without a password, undefined for no such room. */
  passwordHash(roomId: RoomId): Promise<string | null | undefined>
}

/** What the sweep reads of it. */
export interface RoomEnds {
  /**
   * Active rooms that should have closed by themselves before `beforeMs`, the longest overdue first, behind `after` where one is given.
   * `limit` 1-1,000.
   */
  overdue(beforeMs: number, limit: number, after: OverdueRoom | null): Promise<readonly OverdueRoom[]>
}
