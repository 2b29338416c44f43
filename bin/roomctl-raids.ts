import type { Occurrence, Raid, Signup } from '../persistence/raids/port.ts'
import { isoTime } from '../protocol/iso-time.ts'
import { keyValueTable, renderTable, type Column, type Screen } from './table.ts'

/** A raid with its near occurrences, and who comes to the one that is next or under way. */
export interface RaidReport {
  readonly raid: Raid
  readonly occurrences: readonly Occurrence[]
  readonly roster: readonly Signup[]
}

const whenOf = ({ rule, onceAtMs }: Raid): string =>
  rule
    ? `${rule.days.join(' ')} ${rule.time} ${rule.zone}${rule.every_weeks === undefined ? '' : `, every ${rule.every_weeks} weeks`}`
    : `once, ${isoTime(onceAtMs ?? 0)}`

const raidColumns: readonly Column<Raid>[] = [
  { heading: 'next', value: ({ nextAtMs }) => isoTime(nextAtMs) },
  { heading: 'name', value: ({ name }) => name, cut: true },
  { heading: 'guild', value: ({ guildId }) => guildId ?? '–', cut: true },
  { heading: 'by', value: ({ creatorId }) => creatorId, cut: true },
  { heading: 'status', value: ({ status }) => status },
  { heading: 'when', value: whenOf, cut: true },
  { heading: 'raid', value: ({ raidId }) => raidId },
]

const occurrenceColumns: readonly Column<Occurrence>[] = [
  { heading: 'occurrence', value: ({ slot }) => slot },
  { heading: 'starts', value: ({ startsAtMs }) => isoTime(startsAtMs) },
  { heading: 'ends', value: ({ endsAtMs }) => isoTime(endsAtMs) },
  { heading: 'status', value: ({ status }) => status },
  { heading: 'room', value: ({ roomId }) => roomId },
]

const signupColumns: readonly Column<Signup>[] = [
  { heading: 'user', value: ({ userId }) => userId },
  { heading: 'role', value: ({ role }) => role, cut: true },
  { heading: 'in the room', value: ({ roomRole }) => roomRole },
  { heading: 'comes', value: ({ status }) => (status === 'going' ? 'yes' : 'no') },
]

/** `roomctl raids` for people. */
export const raidsText = (raids: readonly Raid[], screen: Screen): string =>
  raids.length === 0 ? 'No raid is planned.' : renderTable(raids, raidColumns, screen)

/** `roomctl raids --json`. */
export const raidsJson = (raids: readonly Raid[]) => ({ raids: raids.map(raidJson) })

/** `roomctl raids <id>` for people. */
export function raidText({ raid, occurrences, roster }: RaidReport, screen: Screen): string {
  const facts = keyValueTable(
    [
      ['raid', raid.raidId],
      ['name', raid.name],
      ['by', raid.creatorId],
      ['guild', raid.guildId ?? '–'],
      ['when', whenOf(raid)],
      ['status', raid.status],
      ['generation', String(raid.generation)],
    ],
    screen,
  )
  return [
    facts,
    occurrences.length === 0 ? 'No occurrence is near.' : renderTable(occurrences, occurrenceColumns, screen),
    roster.length === 0 ? 'Nobody has answered.' : renderTable(roster, signupColumns, screen),
  ].join('\n\n')
}

/** `roomctl raids <id> --json`. */
export const reportJson = ({ raid, occurrences, roster }: RaidReport) => ({
  ...raidJson(raid),
  occurrences: occurrences.map(({ slot, startsAtMs, endsAtMs, status, roomId }) => ({
    ...{ occurrence: slot, starts_at: isoTime(startsAtMs), ends_at: isoTime(endsAtMs), status, room_id: roomId },
  })),
  roster: roster.map(({ userId, role, roomRole, status }) => ({ user_id: userId, role, room_role: roomRole, status })),
})

const raidJson = (raid: Raid) => ({
  ...{ raid_id: raid.raidId, name: raid.name, creator_id: raid.creatorId, guild_id: raid.guildId },
  ...{ next_at: isoTime(raid.nextAtMs), rule: raid.rule, status: raid.status, generation: raid.generation },
})
