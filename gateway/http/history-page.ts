import type { ModerationEvent, SanctionRecords, TrailFilter } from '../../persistence/sanctions/port.ts'
import type { ModerationEventView } from '../../protocol/http/moderation-history.ts'
import type { UserId } from '../../protocol/ids.ts'
import { isoTime, isoTimeOrNull } from '../../protocol/iso-time.ts'
import { readable } from '../readable.ts'

/** What every history takes. */
export interface HistoryQuery {
  readonly action?: string
  readonly from?: string
  readonly to?: string
  readonly limit?: string
  readonly cursor?: string
  readonly target_user_id?: UserId
  readonly moderator_id?: UserId
}

/** A page of the trail; `names`: with who did it and where the evidence lies. */
export async function historyPage(
  sanctions: Pick<SanctionRecords, 'trail'>,
  query: HistoryQuery,
  filter: TrailFilter,
  names: boolean,
) {
  const wanted = { ...filterOf(query), ...filter }
  const { events, nextCursor } = await readable(() =>
    sanctions.trail(wanted, Number(query.limit ?? 50), query.cursor ?? null),
  )
  return { events: events.map((event) => presentEvent(event, names)), next_cursor: nextCursor }
}

const filterOf = ({ action, from, to, ...query }: HistoryQuery): TrailFilter => ({
  ...(action === undefined ? {} : { action }),
  ...(from === undefined ? {} : { fromMs: Date.parse(from) }),
  ...(to === undefined ? {} : { toMs: Date.parse(to) }),
  ...(query.target_user_id === undefined ? {} : { targetUserId: query.target_user_id }),
  ...(query.moderator_id === undefined ? {} : { moderatorId: query.moderator_id }),
})

const presentEvent = (event: ModerationEvent, names: boolean): ModerationEventView => ({
  id: event.id,
  room_id: event.roomId,
  scope: event.scope,
  scope_id: event.scopeId,
  ...(names ? { moderator_id: event.moderatorId, evidence: event.evidence } : {}),
  target_user_id: event.targetUserId,
  action: event.action,
  reason: event.reason,
  at: isoTime(event.atMs),
  expires_at: isoTimeOrNull(event.expiresAtMs),
  duration: event.durationS,
})
