import type { Occurrence, Raid, RaidBook, Signup } from '../../../persistence/raids/port.ts'
import { isoTime, isoTimeOrNull } from '../../../protocol/iso-time.ts'
import { startsBetween } from '../../../protocol/raids/calendar.ts'
import { raidBounds } from '../../../protocol/raids/values.ts'
import type { OccurrenceView, RaidDetailView, RaidView, SignupView } from '../../../protocol/raids/view.ts'

type Rooms = Pick<RaidBook, 'roomOf'>

/** Occurrences ahead that a raid shows. */
const aheadShown = 5

export const presentRaid = (raid: Raid): RaidView => ({
  ...{ raid_id: raid.raidId, name: raid.name, description: raid.description },
  ...{ creator_id: raid.creatorId, guild_id: raid.guildId },
  ...{ starts_at: isoTimeOrNull(raid.onceAtMs), rule: raid.rule, next_at: isoTime(raid.nextAtMs) },
  ...{ duration_s: raid.durationS, opens_before_s: raid.opensBeforeS },
  ...{ max_participants: raid.maxParticipants, region: raid.region, roles: raid.roles, status: raid.status },
  ...{ created_at: isoTime(raid.createdAtMs), updated_at: isoTime(raid.updatedAtMs) },
})

export const presentRaidDetail = (
  book: Rooms,
  raid: Raid,
  occurrences: readonly Occurrence[],
  nowMs: number,
): RaidDetailView => ({
  ...presentRaid(raid),
  occurrences: occurrencesShown(book, raid, occurrences, nowMs).map((one) => presentOccurrence(raid, one)),
})

/** Those with a row, and those that follow from the rule alone; the soonest first. */
export function occurrencesShown(
  book: Rooms,
  raid: Raid,
  rows: readonly Occurrence[],
  nowMs: number,
): readonly Occurrence[] {
  return [...rows, ...aheadOf(book, raid, rows, nowMs, nowMs + raidBounds.aheadMs, aheadShown)]
    .sort((a, b) => a.startsAtMs - b.startsAtMs)
    .slice(0, rows.length + aheadShown)
}

/** Occurrences in that time that have no row yet; none of a raid that is over. */
export function aheadOf(
  book: Rooms,
  raid: Raid,
  rows: readonly Occurrence[],
  fromMs: number,
  toMs: number,
  max: number,
): readonly Occurrence[] {
  if (raid.status === 'cancelled' || raid.status === 'over') return []
  const known = new Set(rows.map(({ slot }) => slot))
  return startsBetween(raid, fromMs, toMs, max + known.size)
    .filter(({ slot }) => !known.has(slot))
    .slice(0, max)
    .map(({ slot, startsAtMs }) => ({
      ...{ slot, startsAtMs, endsAtMs: startsAtMs + raid.durationS * 1_000 },
      ...{ status: 'planned', roomId: book.roomOf(raid.raidId, slot) },
    }))
}

export const presentOccurrence = (raid: Raid, one: Occurrence): OccurrenceView => ({
  occurrence: one.slot,
  starts_at: isoTime(one.startsAtMs),
  ends_at: isoTime(one.endsAtMs),
  opens_at: isoTime(one.startsAtMs - raid.opensBeforeS * 1_000),
  status: one.status,
  room_id: one.roomId,
})

export const presentSignup = (signup: Signup): SignupView => ({
  user_id: signup.userId,
  role: signup.role,
  room_role: signup.roomRole,
  status: signup.status,
  occurrence: signup.slot,
  at: isoTime(signup.atMs),
})
