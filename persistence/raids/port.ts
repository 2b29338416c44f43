import type { CommandId, RoomId, UserId } from '../../protocol/ids.ts'
import type { RaidTimes } from '../../protocol/raids/calendar.ts'
import type {
  OccurrenceStatus,
  RaidId,
  RaidRoleSlots,
  RaidSlot,
  RaidStatus,
  SignupStatus,
} from '../../protocol/raids/values.ts'
import type { GivenRole } from '../../protocol/room/roles.ts'

/** A raid as it is kept. Times are Unix ms. */
export interface Raid extends RaidTimes {
  readonly raidId: RaidId
  readonly creatorId: UserId
  readonly guildId: string | null
  readonly name: string
  readonly description: string
  readonly durationS: number
  readonly opensBeforeS: number
  readonly maxParticipants: number
  readonly region: string | null
  /** Empty: any role, as often as there are places. */
  readonly roles: readonly RaidRoleSlots[]
  readonly status: RaidStatus
  /** Counts up with every change that the workflows have to hear of. */
  readonly generation: number
  /** The start of what is next or under way, of the last occurrence where nothing is. Lists go by it. */
  readonly nextAtMs: number
  readonly createdAtMs: number
  readonly updatedAtMs: number
}

/** One time at which a raid happens, once it is near. */
export interface Occurrence {
  readonly slot: RaidSlot
  readonly startsAtMs: number
  readonly endsAtMs: number
  readonly status: OccurrenceStatus
  /** The room that is its own, made or not. */
  readonly roomId: RoomId
}

/** What somebody said of a raid, or of one occurrence of it. */
export interface Signup {
  /** Null: of every occurrence for which they have said nothing else. */
  readonly slot: RaidSlot | null
  readonly userId: UserId
  readonly role: string
  readonly roomRole: GivenRole
  readonly status: SignupStatus
  readonly atMs: number
}

export interface RaidFilter {
  readonly guildId?: string
  readonly creatorId?: UserId
  /** Raids that this user has signed up for. */
  readonly signedUp?: UserId
  /** Default: active and paused ones. */
  readonly status?: RaidStatus
  /** By the next start: from this moment on, and before that one. */
  readonly fromMs?: number
  readonly toMs?: number
  /** Raids of a guild are listed for its people, for those who made or signed up for them, and with `all`. */
  readonly visibleTo: { readonly userId: UserId; readonly guilds: readonly string[] } | 'all'
}

export interface RaidPage {
  readonly raids: readonly Raid[]
  /** Hand it back for the next page; null on the last. Opaque. */
  readonly nextCursor: string | null
}

/** A raid that is about to be changed, held against every other change. */
export interface HeldRaid {
  readonly raid: Raid
  /** Those that have a row and are not over, and the one that is asked for, over or not. */
  readonly occurrences: readonly Occurrence[]
  /** Of the raid as a whole and of the occurrence that is asked for. */
  readonly signups: readonly Signup[]
}

/** What becomes of it. */
export interface RaidChange {
  /** The raid as it is to be; its generation and next start are worked out. Absent: as it was. */
  readonly raid?: Raid
  /** Takes that occurrence off. */
  readonly cancelSlot?: { readonly slot: RaidSlot; readonly startsAtMs: number }
  readonly putSignup?: Signup
  readonly dropSignup?: { readonly slot: RaidSlot | null; readonly userId: UserId }
  /** Absent: nothing that the audit log keeps. */
  readonly audit?: RaidAudit
}

/** What the audit log keeps of it, in the raid's own chain. */
export interface RaidAudit {
  readonly action: string
  readonly by: UserId
  readonly target?: UserId
  readonly reason?: string
  readonly details?: Readonly<Record<string, unknown>>
}

/** How many raids somebody, or a guild, has planned: neither over nor cancelled. */
export interface PlannedRaids {
  readonly byCreator: number
  readonly ofGuild: number
}

/** Raids as callers make, read and change them. */
export interface RaidBook {
  /** The room that is or will be that occurrence's own; it follows from the two. */
  roomOf(raidId: RaidId, slot: RaidSlot): RoomId
  /**
   * Writes a new raid, unless it is there under this id, with the message to its workflows. `decide` is asked under a lock that
   * holds back other new raids of the creator, and throws what forbids it.
   */
  create(raid: Raid, audit: RaidAudit, decide: (planned: PlannedRaids) => void): Promise<Raid>
  /** With the occurrences that have a row, the soonest first, those that are over for more than a day not among them. */
  read(
    raidId: RaidId,
    nowMs: number,
  ): Promise<{ readonly raid: Raid; readonly occurrences: readonly Occurrence[] } | null>
  /** The soonest first, then by id. `limit` 1-100. A cursor that is not ours throws VALIDATION_FAILED. */
  list(filter: RaidFilter, limit: number, cursor: string | null): Promise<RaidPage>
  /** What holds for each user in that occurrence, by name: what they said of it, else of the raid. Those who declined, too. */
  roster(raidId: RaidId, slot: RaidSlot): Promise<readonly Signup[]>
  /** The occurrences with a row of several raids, for a calendar. */
  occurrencesOf(raidIds: readonly RaidId[], fromMs: number): Promise<ReadonlyMap<RaidId, readonly Occurrence[]>>
  /**
   * Holds the raid, asks `decide` what becomes of it, and writes that with the message to its workflows, all in one. A command that was
   * carried out changes nothing again. Null: there is no such raid. What `decide` throws is passed on, and nothing is changed.
   */
  change(
    raidId: RaidId,
    command: { readonly id: CommandId; readonly slot: RaidSlot | null; readonly nowMs: number },
    decide: (held: HeldRaid) => RaidChange,
  ): Promise<Raid | null>
}
