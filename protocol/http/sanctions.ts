import { Type, type Static } from '@sinclair/typebox'
import type { ErrorCode } from '../errors.ts'
import { UserId } from '../ids.ts'
import { DurationS } from '../room/moderation.ts'
import { Evidence, GameId, Reason } from '../room/values.ts'
import { GuildParams, WiderKind, WiderScope } from '../sanctions/scope.ts'
import { IsoTime, list, nullable } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import { endpoint } from './endpoint.ts'
import { historyPageFields, ModerationPage } from './moderation-history.ts'
import { NextCursor, positionFields } from './rooms.ts'

/** Sanctions of a guild, and of the whole service: in force in every room of it. */

export const GuildSanctionParams = strict({ guildId: GameId, userId: UserId, kind: WiderKind })
export const GlobalSanctionParams = strict({ userId: UserId, kind: WiderKind })

const about = {
  requester_id: Type.Optional(UserId),
  reason: Type.Optional(Reason),
  evidence: Type.Optional(Evidence),
}

/** Seconds, up to ten years; absent is permanent. */
export const PutSanctionBody = strict({ ...about, duration: Type.Optional(DurationS) })
export type PutSanctionBody = Static<typeof PutSanctionBody>
export const LiftSanctionBody = strict(about)
export type LiftSanctionBody = Static<typeof LiftSanctionBody>

/** What stands now; `until` is absent where it was lifted. */
export const WiderSanctionBody = strict({
  scope: WiderScope,
  /** The guild's id, or `all`. */
  scope_id: GameId,
  kind: WiderKind,
  user_id: UserId,
  generation: Type.Integer({ minimum: 1 }),
  until: Type.Optional(nullable(IsoTime)),
  ...positionFields,
})

/** A query has strings only; `limit` is 1-100, 50 where absent. */
export const SanctionListQuery = strict({
  kind: Type.Optional(WiderKind),
  user_id: Type.Optional(UserId),
  limit: historyPageFields.limit,
  cursor: historyPageFields.cursor,
})
export type SanctionListQuery = Static<typeof SanctionListQuery>

export const SanctionListBody = strict({
  sanctions: list(
    strict({
      kind: WiderKind,
      user_id: UserId,
      generation: Type.Integer({ minimum: 1 }),
      until: nullable(IsoTime),
      since: IsoTime,
      reason: Reason,
      moderator_id: UserId,
    }),
  ),
  next_cursor: NextCursor,
})

export const ScopeHistoryQuery = strict({
  ...historyPageFields,
  target_user_id: Type.Optional(UserId),
  moderator_id: Type.Optional(UserId),
})

const common = { auth: 'token', limit: 'rest', status: 200 } as const
const errors = ['FORBIDDEN', 'ACTING_USER_MISMATCH'] as const satisfies ErrorCode[]
const put = {
  ...common,
  method: 'PUT',
  body: PutSanctionBody,
  reply: WiderSanctionBody,
  errors: [...errors, 'TOO_MANY_SANCTIONS'],
  example: { body: { duration: 86_400, reason: 'threats', evidence: 'clip-17' } },
} as const
const lift = {
  ...common,
  method: 'POST',
  body: LiftSanctionBody,
  reply: WiderSanctionBody,
  errors: [...errors, 'NOT_SANCTIONED'],
} as const
const read = { ...common, method: 'GET', errors: ['FORBIDDEN'] } as const

export const putGuildSanction = endpoint({
  ...put,
  name: 'sanctions.put_in_guild',
  path: '/api/v1/guilds/{guildId}/users/{userId}/sanctions/{kind}',
  summary: 'Mute, deafen or ban a user in every room of a guild, for a time or for good',
  params: GuildSanctionParams,
})

export const liftGuildSanction = endpoint({
  ...lift,
  name: 'sanctions.lift_in_guild',
  path: '/api/v1/guilds/{guildId}/users/{userId}/sanctions/{kind}/lift',
  summary: 'Lift a sanction of a user in a guild',
  params: GuildSanctionParams,
})

export const listGuildSanctions = endpoint({
  ...read,
  name: 'sanctions.list_of_guild',
  path: '/api/v1/guilds/{guildId}/sanctions',
  summary: 'List the sanctions that are in force in a guild, newest first',
  params: GuildParams,
  query: SanctionListQuery,
  reply: SanctionListBody,
})

export const readGuildHistory = endpoint({
  ...read,
  name: 'sanctions.history_of_guild',
  path: '/api/v1/guilds/{guildId}/moderation',
  summary: 'Read what was done to people in a guild as a whole, newest first',
  params: GuildParams,
  query: ScopeHistoryQuery,
  reply: ModerationPage,
})

export const putGlobalSanction = endpoint({
  ...put,
  name: 'sanctions.put',
  path: '/api/v1/users/{userId}/sanctions/{kind}',
  summary: 'Mute, deafen or ban a user in every room there is, for a time or for good',
  params: GlobalSanctionParams,
})

export const liftGlobalSanction = endpoint({
  ...lift,
  name: 'sanctions.lift',
  path: '/api/v1/users/{userId}/sanctions/{kind}/lift',
  summary: 'Lift a sanction of a user in the whole service',
  params: GlobalSanctionParams,
})

export const listGlobalSanctions = endpoint({
  ...read,
  name: 'sanctions.list',
  path: '/api/v1/sanctions',
  summary: 'List the sanctions that are in force in the whole service, newest first',
  query: SanctionListQuery,
  reply: SanctionListBody,
})

export const readGlobalHistory = endpoint({
  ...read,
  name: 'sanctions.history',
  path: '/api/v1/moderation',
  summary: 'Read what was done to people in the whole service, newest first',
  query: ScopeHistoryQuery,
  reply: ModerationPage,
})

export const sanctionEndpoints = [
  putGuildSanction,
  liftGuildSanction,
  listGuildSanctions,
  readGuildHistory,
  putGlobalSanction,
  liftGlobalSanction,
  listGlobalSanctions,
  readGlobalHistory,
] as const
