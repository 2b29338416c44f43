import { Type, type Static } from '@sinclair/typebox'
import { RoomId, UserId } from '../ids.ts'
import { Evidence, Reason, SanctionKind } from '../room/values.ts'
import { IsoTime, list, nullable, oneOf } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import { endpoint } from './endpoint.ts'
import { NextCursor, RoomParams } from './rooms.ts'

export const UserParams = strict({ userId: UserId })

export const ModerationAction = oneOf([
  'mute',
  'unmute',
  'deafen',
  'undeafen',
  'kick',
  'ban',
  'unban',
  'mute_all',
  'unmute_all',
])

/** A query has strings only; `limit` is 1-100, 50 where absent. Times are ISO 8601 with an offset; `to` itself is left out. */
export const historyPageFields = {
  action: Type.Optional(ModerationAction),
  from: Type.Optional(Type.String({ format: 'date-time', maxLength: 40 })),
  to: Type.Optional(Type.String({ format: 'date-time', maxLength: 40 })),
  limit: Type.Optional(Type.String({ pattern: '^([1-9][0-9]?|100)$' })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
}
export const RoomHistoryQuery = strict({
  ...historyPageFields,
  target_user_id: Type.Optional(UserId),
  moderator_id: Type.Optional(UserId),
})
export const UserHistoryQuery = strict({ ...historyPageFields, room_id: Type.Optional(RoomId) })

/** One line of the trail. */
export const ModerationEventView = strict({
  id: Type.String({ format: 'uuid' }),
  /** Null where it is not of a room. */
  room_id: nullable(RoomId),
  scope: oneOf(['room', 'zone', 'guild', 'global']),
  /** The UUID of the room or zone, the guild's id, or `all`. */
  scope_id: Type.String(),
  /** `system` for the clocks; absent where the sanctioned user reads their own history. */
  moderator_id: Type.Optional(UserId),
  /** `all` for everyone in the room. */
  target_user_id: UserId,
  action: Type.String(),
  reason: Reason,
  /** Absent where the sanctioned user reads their own history. */
  evidence: Type.Optional(nullable(Evidence)),
  at: IsoTime,
  expires_at: nullable(IsoTime),
  /** Seconds. */
  duration: nullable(Type.Integer()),
})
export type ModerationEventView = Static<typeof ModerationEventView>

export const ModerationPage = strict({ events: list(ModerationEventView), next_cursor: NextCursor })

/** One sanction in force. */
export const StandingSanctionView = strict({
  scope: oneOf(['room', 'zone', 'guild', 'global']),
  /** The UUID of the room or zone, the guild's id, or `all`. */
  scope_id: Type.String(),
  kind: SanctionKind,
  generation: Type.Integer({ minimum: 1 }),
  until: nullable(IsoTime),
  since: IsoTime,
  reason: Reason,
  /** Absent where the sanctioned user reads their own. */
  moderator_id: Type.Optional(UserId),
})
export const StandingSanctions = strict({ sanctions: list(StandingSanctionView) })

const common = { method: 'GET', auth: 'token', limit: 'rest', status: 200 } as const

export const readRoomHistory = endpoint({
  ...common,
  name: 'moderation.room_history',
  path: '/api/v1/rooms/{roomId}/moderation',
  summary: 'Read what was done to people in a room, newest first',
  params: RoomParams,
  query: RoomHistoryQuery,
  reply: ModerationPage,
  errors: ['ROOM_NOT_FOUND', 'FORBIDDEN'],
})

export const readUserHistory = endpoint({
  ...common,
  name: 'moderation.user_history',
  path: '/api/v1/users/{userId}/moderation',
  summary: 'Read what was done to a user, newest first',
  params: UserParams,
  query: UserHistoryQuery,
  reply: ModerationPage,
  errors: ['FORBIDDEN'],
})

export const readUserSanctions = endpoint({
  ...common,
  name: 'moderation.user_sanctions',
  path: '/api/v1/users/{userId}/sanctions',
  summary: 'Read the sanctions that are in force on a user, in every scope',
  params: UserParams,
  reply: StandingSanctions,
  errors: ['FORBIDDEN'],
})

export const moderationHistoryEndpoints = [readRoomHistory, readUserHistory, readUserSanctions] as const
