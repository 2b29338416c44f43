import type { SanctionRecords, StoredSanction } from '../../../persistence/sanctions/port.ts'
import { AppError } from '../../../protocol/errors.ts'
import { readRoomHistory, readUserHistory, readUserSanctions } from '../../../protocol/http/moderation-history.ts'
import type { UserId } from '../../../protocol/ids.ts'
import { isoTime, isoTimeOrNull } from '../../../protocol/iso-time.ts'
import type { Clock } from '../../../protocol/ports.ts'
import { principal } from '../../acting-user.ts'
import type { Caller } from '../../auth/index.ts'
import { bind, type Route } from '../bind.ts'
import { commandIdOf } from '../idempotency.ts'
import { historyPage } from '../history-page.ts'
import { readable } from '../../readable.ts'
import type { RouteDeps } from './rooms.ts'

export interface HistoryDeps extends Pick<RouteDeps, 'rooms' | 'random'> {
  readonly sanctions: SanctionRecords
  readonly clock: Clock
}

/** What was done to people, and what stands on them. Read from the record, which holds what the actors have committed. */
export const moderationHistoryRoutes = ({ rooms, random, sanctions, clock }: HistoryDeps): readonly Route[] => {
  return [
    bind(readRoomHistory, async ({ ctx, caller, params: { roomId }, query }) => {
      const command = { type: 'authorize', by: principal(caller), permission: 'read_history' } as const
      await rooms.ask(roomId, command, { commandId: commandIdOf(ctx, random) })
      return historyPage(sanctions, query, { roomId }, true)
    }),
    bind(readUserHistory, ({ caller, params: { userId }, query: { room_id: roomId, ...query } }) => {
      const names = seesModerators(caller, userId)
      return historyPage(sanctions, query, { targetUserId: userId, ...(roomId ? { roomId } : {}) }, names)
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
