import { Type, type Static } from '@sinclair/typebox'
import { UserId } from '../ids.ts'
import {
  raidBounds,
  RaidId,
  RaidRole,
  RaidRoleSlots,
  RaidRule,
  RaidSlot,
  RaidStatus,
  SignupStatus,
} from '../raids/values.ts'
import { RaidDetailView, RaidRosterView, RaidView, SignupView } from '../raids/view.ts'
import { GivenRole } from '../room/roles.ts'
import { Description, GameId, Reason, Region, RoomName } from '../room/values.ts'
import { IsoTime, list, oneOf } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import { endpoint, TextStream } from './endpoint.ts'
import { NextCursor } from './rooms.ts'

export const RaidParams = strict({ raidId: RaidId })
export const RaidUserParams = strict({ raidId: RaidId, userId: UserId })
export const OccurrenceParams = strict({ raidId: RaidId, occurrence: RaidSlot })
export const GuildParams = strict({ guildId: GameId })

const bounded = ({ minimum, maximum }: { readonly minimum: number; readonly maximum: number }) =>
  Type.Integer({ minimum, maximum })

const changeable = {
  description: Type.Optional(Description),
  /** ISO 8601 with an offset, in the future and within a year. Of a raid that happens once. */
  starts_at: Type.Optional(IsoTime),
  rule: Type.Optional(RaidRule),
  /** 3 hours where absent. */
  duration_s: Type.Optional(bounded(raidBounds.durationS)),
  /** How long before the start the room opens; 10 minutes where absent. */
  opens_before_s: Type.Optional(bounded(raidBounds.opensBeforeS)),
  /** 40 where absent. */
  max_participants: Type.Optional(bounded(raidBounds.participants)),
  /** Which roles there are and how many of each; any where absent or empty. */
  roles: Type.Optional(list(RaidRoleSlots, { maxItems: 20 })),
}

/** `POST /api/v1/raids`. Either `starts_at` or `rule`. */
export const CreateRaidBody = strict({
  name: RoomName,
  ...changeable,
  /** On whose behalf; the caller where absent. */
  creator_id: Type.Optional(UserId),
  /** The raid of a guild: made by those who lead it, seen by its people. */
  guild_id: Type.Optional(GameId),
  region: Type.Optional(Region),
})
export type CreateRaidBody = Static<typeof CreateRaidBody>

/** `PATCH /api/v1/raids/{raidId}`. A raid that happens once stays one, and one with a rule keeps a rule. */
export const UpdateRaidBody = Type.Object(
  { name: Type.Optional(RoomName), ...changeable },
  { additionalProperties: false, minProperties: 1 },
)
export type UpdateRaidBody = Static<typeof UpdateRaidBody>

/** `GET /api/v1/raids`. A query has strings only; `limit` is 1-100, 50 where absent. */
export const ListRaidsQuery = strict({
  guild_id: Type.Optional(GameId),
  creator_id: Type.Optional(UserId),
  /** `true`: those that the caller signed up for. */
  signed_up: Type.Optional(oneOf(['true'])),
  /** Active and paused ones where absent. */
  status: Type.Optional(RaidStatus),
  /** By `next_at`: from this moment on, and before that one. */
  from: Type.Optional(IsoTime),
  to: Type.Optional(IsoTime),
  limit: Type.Optional(Type.String({ pattern: '^([1-9][0-9]?|100)$' })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
})
export type ListRaidsQuery = Static<typeof ListRaidsQuery>

export const RaidListBody = strict({ raids: list(RaidView), next_cursor: NextCursor })

/** `POST /api/v1/raids/{raidId}/signup`. */
export const SignupBody = strict({
  user_id: Type.Optional(UserId),
  /** What one does in the raid. Needed to go; who declines may leave it out. */
  role: Type.Optional(RaidRole),
  /** `going` where absent. */
  status: Type.Optional(SignupStatus),
  /** One occurrence only; where absent every one of which nothing else was said. */
  occurrence: Type.Optional(RaidSlot),
})
export type SignupBody = Static<typeof SignupBody>

/** `PUT /api/v1/raids/{raidId}/roster/{userId}`: what leaders say of somebody. */
export const SetSignupBody = strict({
  role: Type.Optional(RaidRole),
  room_role: Type.Optional(GivenRole),
  status: Type.Optional(SignupStatus),
  occurrence: Type.Optional(RaidSlot),
})
export type SetSignupBody = Static<typeof SetSignupBody>

export const RosterQuery = strict({
  /** The one that is next or under way where absent. */
  occurrence: Type.Optional(RaidSlot),
})
export const WithdrawQuery = strict({ occurrence: Type.Optional(RaidSlot), user_id: Type.Optional(UserId) })
export const CancelRaidBody = strict({ reason: Type.Optional(Reason) })

const errors = ['RAID_NOT_FOUND', 'FORBIDDEN', 'RAID_OVER'] as const
const base = { auth: 'token', limit: 'rest' } as const

export const createRaid = endpoint({
  ...base,
  name: 'raids.create',
  method: 'POST',
  path: '/api/v1/raids',
  summary: 'Plan a raid, once or by a rule',
  body: CreateRaidBody,
  status: 201,
  reply: RaidDetailView,
  errors: ['ACTING_USER_MISMATCH', 'FORBIDDEN', 'TOO_MANY_RAIDS'],
  example: {
    body: {
      name: 'Molten Core',
      rule: { days: ['tue', 'thu'], time: '20:00', zone: 'Europe/Berlin' },
      roles: [
        { role: 'tank', slots: 4 },
        { role: 'healer', slots: 8 },
        { role: 'dps', slots: 28 },
      ],
    },
  },
})

export const listRaids = endpoint({
  ...base,
  name: 'raids.list',
  method: 'GET',
  path: '/api/v1/raids',
  summary: 'List raids, the next one first',
  query: ListRaidsQuery,
  status: 200,
  reply: RaidListBody,
})

export const readRaid = endpoint({
  ...base,
  name: 'raids.read',
  method: 'GET',
  path: '/api/v1/raids/{raidId}',
  summary: 'Read a raid and when it happens',
  params: RaidParams,
  status: 200,
  reply: RaidDetailView,
  errors: ['RAID_NOT_FOUND'],
})

export const updateRaid = endpoint({
  ...base,
  name: 'raids.update',
  method: 'PATCH',
  path: '/api/v1/raids/{raidId}',
  summary: 'Change a raid',
  params: RaidParams,
  body: UpdateRaidBody,
  status: 200,
  reply: RaidDetailView,
  errors: [...errors, 'RAID_UNDER_WAY'],
})

export const cancelRaid = endpoint({
  ...base,
  name: 'raids.cancel',
  method: 'DELETE',
  path: '/api/v1/raids/{raidId}',
  summary: 'Cancel a raid, with every occurrence of it',
  params: RaidParams,
  body: CancelRaidBody,
  status: 204,
  errors,
})

export const cancelOccurrence = endpoint({
  ...base,
  name: 'raids.cancel_occurrence',
  method: 'DELETE',
  path: '/api/v1/raids/{raidId}/occurrences/{occurrence}',
  summary: 'Cancel one occurrence of a raid',
  params: OccurrenceParams,
  body: CancelRaidBody,
  status: 204,
  errors: [...errors, 'OCCURRENCE_NOT_FOUND'],
})

export const pauseRaid = endpoint({
  ...base,
  name: 'raids.pause',
  method: 'POST',
  path: '/api/v1/raids/{raidId}/pause',
  summary: 'Let a raid stand still: nothing is opened meanwhile',
  params: RaidParams,
  status: 200,
  reply: RaidDetailView,
  errors,
})

export const resumeRaid = endpoint({
  ...base,
  name: 'raids.resume',
  method: 'POST',
  path: '/api/v1/raids/{raidId}/resume',
  summary: 'Let a raid go on that was paused',
  params: RaidParams,
  status: 200,
  reply: RaidDetailView,
  errors,
})

export const signUp = endpoint({
  ...base,
  name: 'raids.signup',
  method: 'POST',
  path: '/api/v1/raids/{raidId}/signup',
  summary: 'Sign up for a raid with a role, or decline',
  params: RaidParams,
  body: SignupBody,
  status: 200,
  reply: SignupView,
  errors: [
    'RAID_NOT_FOUND',
    'RAID_OVER',
    'OCCURRENCE_NOT_FOUND',
    'RAID_FULL',
    'RAID_ROLE_FULL',
    'TOO_MANY_SIGNUPS',
    'ACTING_USER_MISMATCH',
  ],
  example: { body: { role: 'healer' } },
})

export const withdraw = endpoint({
  ...base,
  name: 'raids.withdraw',
  method: 'DELETE',
  path: '/api/v1/raids/{raidId}/signup',
  summary: 'Take back what one said of a raid',
  params: RaidParams,
  query: WithdrawQuery,
  status: 204,
  errors: ['RAID_NOT_FOUND', 'RAID_OVER', 'OCCURRENCE_NOT_FOUND', 'ACTING_USER_MISMATCH'],
})

export const readRaidRoster = endpoint({
  ...base,
  name: 'raids.roster',
  method: 'GET',
  path: '/api/v1/raids/{raidId}/roster',
  summary: 'Read who comes to an occurrence of a raid',
  params: RaidParams,
  query: RosterQuery,
  status: 200,
  reply: RaidRosterView,
  errors: ['RAID_NOT_FOUND', 'OCCURRENCE_NOT_FOUND'],
})

export const setSignup = endpoint({
  ...base,
  name: 'raids.set_signup',
  method: 'PUT',
  path: '/api/v1/raids/{raidId}/roster/{userId}',
  summary: 'Say for somebody whether they come, and as what',
  params: RaidUserParams,
  body: SetSignupBody,
  status: 200,
  reply: SignupView,
  errors: [...errors, 'OCCURRENCE_NOT_FOUND', 'RAID_FULL', 'RAID_ROLE_FULL', 'TOO_MANY_SIGNUPS'],
})

export const raidCalendar = endpoint({
  ...base,
  name: 'raids.calendar',
  method: 'GET',
  path: '/api/v1/raids/{raidId}/calendar.ics',
  summary: 'Take a raid into a calendar',
  params: RaidParams,
  status: 200,
  reply: TextStream,
  media: ['text/calendar'],
  errors: ['RAID_NOT_FOUND'],
})

export const guildCalendar = endpoint({
  ...base,
  name: 'raids.guild_calendar',
  method: 'GET',
  path: '/api/v1/guilds/{guildId}/raids.ics',
  summary: 'Take the raids of a guild into a calendar',
  params: GuildParams,
  status: 200,
  reply: TextStream,
  media: ['text/calendar'],
})

export const raidEndpoints = [
  createRaid,
  listRaids,
  readRaid,
  updateRaid,
  cancelRaid,
  cancelOccurrence,
  pauseRaid,
  resumeRaid,
  signUp,
  withdraw,
  readRaidRoster,
  setSignup,
  raidCalendar,
  guildCalendar,
] as const
