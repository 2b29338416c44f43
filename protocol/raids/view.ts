import { Type, type Static } from '@sinclair/typebox'
import { RoomId, UserId } from '../ids.ts'
import { GivenRole } from '../room/roles.ts'
import { Description, GameId, Region, RoomName } from '../room/values.ts'
import { IsoTime, list, nullable } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import {
  CalendarDate,
  OccurrenceStatus,
  RaidId,
  RaidRole,
  RaidRule,
  RaidSlot,
  RaidStatus,
  SignupStatus,
} from './values.ts'

/** One time at which a raid happens. */
export const OccurrenceView = strict({
  /** Its name, as `occurrence` of other calls: `once`, or the day in the raid's zone. */
  occurrence: RaidSlot,
  starts_at: IsoTime,
  ends_at: IsoTime,
  /** From then on those who signed up are let in. */
  opens_at: IsoTime,
  status: OccurrenceStatus,
  /** The room that will be made for it; there from `open` on. */
  room_id: RoomId,
})
export type OccurrenceView = Static<typeof OccurrenceView>

const RuleView = Type.Unsafe<(RaidRule & { readonly starts_on: string }) | null>({
  ...strict({ ...RaidRule.properties, starts_on: CalendarDate }),
  type: ['object', 'null'],
})

const raidFields = {
  raid_id: RaidId,
  name: RoomName,
  description: Description,
  creator_id: UserId,
  guild_id: nullable(GameId),
  /** Set where it happens once, else null. */
  starts_at: nullable(IsoTime),
  /** Set where it repeats, else null. */
  rule: RuleView,
  /** The start of what is next or under way; of the last occurrence where nothing is. */
  next_at: IsoTime,
  duration_s: Type.Integer(),
  opens_before_s: Type.Integer(),
  max_participants: Type.Integer(),
  region: nullable(Region),
  /** Empty: any role. */
  roles: list(strict({ role: RaidRole, slots: Type.Integer() })),
  status: RaidStatus,
  created_at: IsoTime,
  updated_at: IsoTime,
}

/** A raid as lists show it. */
export const RaidView = strict(raidFields)
export type RaidView = Static<typeof RaidView>

/** A raid with what is near: occurrences of the last day, the one under way, and the next five. */
export const RaidDetailView = strict({ ...raidFields, occurrences: list(OccurrenceView) })
export type RaidDetailView = Static<typeof RaidDetailView>

/** What somebody said of a raid. */
export const SignupView = strict({
  user_id: UserId,
  role: RaidRole,
  /** What they are in the room. */
  room_role: GivenRole,
  status: SignupStatus,
  /** The occurrence that they said it of; null where they meant every one. */
  occurrence: nullable(RaidSlot),
  at: IsoTime,
})
export type SignupView = Static<typeof SignupView>

/** Who comes to one occurrence, and who said no. */
export const RaidRosterView = strict({
  raid_id: RaidId,
  occurrence: OccurrenceView,
  signups: list(SignupView),
  going: Type.Integer({ minimum: 0 }),
  max_participants: Type.Integer(),
})
export type RaidRosterView = Static<typeof RaidRosterView>
