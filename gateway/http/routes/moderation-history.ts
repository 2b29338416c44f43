import type {
  ModerationEvent,
  SanctionRecords,
  StoredSanction,
  TrailFilter,
} from '../../../persistence/sanctions/port.ts'
import { AppError } from '../../../protocol/errors.ts'
import {
  readRoomHistory,
  readUserHistory,
  readUserSanctions,
  type ModerationEventView,
} from '../../../protocol/http/moderation-history.ts'
import type { UserId } from '../../../protocol/ids.ts'
import { isoTime, isoTimeOrNull } from '../../../protocol/iso-time.ts'
import type { Clock } from '../../../protocol/ports.ts'
import { principal } from '../../acting-user.ts'
import type { Caller } from '../../auth/index.ts'
import { bind, type Route } from '../bind.ts'
import { commandIdOf } from '../idempotency.ts'
import { readable, type RouteDeps } from './rooms.ts'

export interface HistoryDeps extends Pick<RouteDeps, 'rooms' | 'random'> {
  readonly sanctions: SanctionRecords
  readonly clock: Clock
}

interface PageQuery {
  readonly action?: string
  readonly from?: string
  readonly to?: string
  readonly limit?: string
  readonly cursor?: string
}

/** What was done to people, and what stands on them. Read from the record, which holds what the actors have committed. */
export const moderationHistoryRoutes = ({ rooms, random, sanctions, clock }: HistoryDeps): readonly Route[] => {
  const page = async (query: PageQuery, filter: TrailFilter, names: boolean) => {
    const wanted = { ...filter, ...filterOf(query) }
    const { events, nextCursor } = await readable(() =>
      sanctions.trail(wanted, Number(query.limit ?? 50), query.cursor ?? null),
    )
    return { events: events.map((event) => presentEvent(event, names)), next_cursor: nextCursor }
  }
  return [
    bind(readRoomHistory, async ({ ctx, caller, params: { roomId }, query }) => {
      const command = { type: 'authorize', by: principal(caller), permission: 'read_history' } as const
      await rooms.ask(roomId, command, { commandId: commandIdOf(ctx, random) })
      const filter = {
        roomId,
        ...(query.target_user_id === undefined ? {} : { targetUserId: query.target_user_id }),
        ...(query.moderator_id === undefined ? {} : { moderatorId: query.moderator_id }),
      }
      return page(query, filter, true)
    }),
    bind(readUserHistory, ({ caller, params: { userId }, query }) => {
      const names = seesModerators(caller, userId)
      return page(query, { targetUserId: userId, ...(query.room_id ? { roomId: query.room_id } : {}) }, names)
    }),
    bind(readUserSanctions, async ({ caller, params: { userId } }) => {
      const names = seesModerators(caller, userId)
      const standing = await readable(() => sanctions.inForce(userId, clock.wallMs()))
      return { sanctions: standing.map((sanction) => presentStanding(sanction, names)) }
    }),
  ]
}

/** Services and admins read all of anyone; users their own without who it was. Throws FORBIDDEN for others. */
function seesModerators({ privileges, userId: own }: Caller, user: UserId): boolean {
  if (privileges.length > 0) return true
  if (own !== user) throw new AppError('FORBIDDEN')
  return false
}

const filterOf = ({ action, from, to }: PageQuery) => ({
  ...(action === undefined ? {} : { action }),
  ...(from === undefined ? {} : { fromMs: Date.parse(from) }),
  ...(to === undefined ? {} : { toMs: Date.parse(to) }),
})

const presentEvent = (event: ModerationEvent, names: boolean): ModerationEventView => ({
  id: event.id,
  room_id: event.roomId,
  ...(names ? { moderator_id: event.moderatorId, evidence: event.evidence } : {}),
  target_user_id: event.targetUserId,
  action: event.action,
  reason: event.reason,
  at: isoTime(event.atMs),
  expires_at: isoTimeOrNull(event.expiresAtMs),
  duration: event.durationS,
})

const presentStanding = (sanction: StoredSanction, names: boolean) => ({
  scope: sanction.scope,
  scope_id: sanction.scopeId,
  kind: sanction.kind,
  generation: sanction.generation,
  until: isoTimeOrNull(sanction.untilMs),
  since: isoTime(sanction.createdAtMs),
  reason: sanction.reason,
  ...(names ? { moderator_id: sanction.by } : {}),
})
