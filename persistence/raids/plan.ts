import { nextSlot, startsBetween } from '../../protocol/raids/calendar.ts'
import { raidBounds, weekdays, type RaidSlot } from '../../protocol/raids/values.ts'
import type { RaidMessage, RaidSchedule } from '../../protocol/raids/workflow.ts'
import { momentOf } from '../../protocol/raids/zone.ts'
import type { Occurrence, Raid } from './port.ts'

/*
 * What follows from a raid: when it happens, which of its occurrences get a row, and what its workflows are told.
 */

/** Occurrences get a row, and with it a workflow, so long before their start, ms. The schedule fires 36 to 61 hours before. */
export const plannedAheadMs = 72 * 3_600_000
const daysBefore = 2

/** A row of its own for one occurrence, as the raid stands. */
export const endOf = (raid: Raid, startsAtMs: number): number => startsAtMs + raid.durationS * 1_000

/** Statuses behind which nothing comes any more. */
export const isOver = ({ status }: Pick<Occurrence, 'status'>): boolean =>
  status !== 'planned' && status !== 'opening' && status !== 'open'

/**
 * The start that lists go by: of the first occurrence that is not over, with a row or without; of the last known where there is
 * none. `occurrences`: all with a row that may begin from now on or are under way, those that were taken off among them.
 */
export function nextStart(raid: Raid, occurrences: readonly Occurrence[], nowMs: number): number | null {
  const live = occurrences.filter((occurrence) => !isOver(occurrence)).map(({ startsAtMs }) => startsAtMs)
  const done = new Set(occurrences.filter(isOver).map(({ slot }) => slot))
  const aheadMs = nowMs + raidBounds.aheadMs
  const ahead = startsBetween(raid, nowMs, aheadMs, done.size + 1).filter(({ slot }) => !done.has(slot))
  const soonest = Math.min(...live, ...ahead.map(({ startsAtMs }) => startsAtMs))
  return Number.isFinite(soonest) ? soonest : null
}

/** Whether there will never be another occurrence: one by one the row of each says so. */
export const hasEnded = (raid: Raid, occurrences: readonly Occurrence[], nowMs: number): boolean =>
  nextStart(raid, occurrences, nowMs) === null && (raid.rule === null || nextSlot(raid.rule, nowMs) === null)

/**
 * The schedule fires two days before each day of the rule, at noon of the zone: clocks are never changed then, so that it fires once and on
 * its day whatever the hour of the raid; and every reminder is still ahead.
 */
export function scheduleOf(raid: Raid): RaidSchedule | null {
  const { rule } = raid
  if (!rule || raid.status === 'cancelled' || raid.status === 'over') return null
  const firesOn = rule.days.map((day) => (weekdays.indexOf(day) + 1 + 7 - daysBefore) % 7)
  return {
    zone: rule.zone,
    firesOn: [...new Set(firesOn)].sort((a, b) => a - b),
    endsAtMs: rule.until === undefined ? null : endOfDay(rule.zone, rule.until),
    paused: raid.status === 'paused',
  }
}

function endOfDay(zone: string, date: string): number {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number)
  return momentOf(zone, { year, month, day, hour: 23, minute: 59 })
}

/** What brings the schedule of a raid that repeats up to date, and has its near occurrences planned and told; none for one that happens once. */
export const seriesMessage = (raid: Raid): readonly RaidMessage[] =>
  raid.rule
    ? [{ kind: 'raid.series', raidId: raid.raidId, generation: raid.generation, schedule: scheduleOf(raid) }]
    : []

/** What one occurrence has to hear. */
export const occurrenceMessage = ({ raidId, generation }: Raid, slot: RaidSlot): RaidMessage => ({
  kind: 'raid.occurrence',
  ...{ raidId, slot, generation },
})
