import { onceSlot, weekdays, type RaidRule, type RaidSlot } from './values.ts'
import { momentOf, wallTimeAt } from './zone.ts'

/** One time at which a raid happens by its rule. */
export interface SlotTime {
  readonly slot: RaidSlot
  /** Unix ms. */
  readonly startsAtMs: number
}

/** A rule with nothing left open. */
export type FullRule = RaidRule & { readonly starts_on: string }

const dayMs = 86_400_000
/** A rule with a gap of years in it is none. */
const lookAheadDays = 400

/** Days since 1970-01-01, a Thursday. */
const dayNumber = (date: string): number => Date.parse(`${date}T00:00:00Z`) / dayMs
const dateOf = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10)
const weekdayOf = (day: number) => weekdays[(day + 3) % 7]
/** Weeks begin on Mondays. */
const weekOf = (day: number): number => Math.floor((day + 3) / 7)

/** The day that it is in the zone at that moment. */
export function dateAt(zone: string, ms: number): string {
  const { year, month, day } = wallTimeAt(zone, ms)
  return dateOf(Date.UTC(year, month - 1, day) / dayMs)
}

function happensOn(rule: FullRule, day: number): boolean {
  const first = dayNumber(rule.starts_on)
  if (day < first || (rule.until !== undefined && day > dayNumber(rule.until))) return false
  const weekday = weekdayOf(day)
  return (
    weekday !== undefined &&
    rule.days.includes(weekday) &&
    (weekOf(day) - weekOf(first)) % (rule.every_weeks ?? 1) === 0
  )
}

function startOn({ zone, time }: FullRule, date: string): number {
  const [year = 0, month = 0, day = 0] = date.split('-').map(Number)
  const [hour = 0, minute = 0] = time.split(':').map(Number)
  return momentOf(zone, { year, month, day, hour, minute })
}

/** When the occurrence of that name happens; null where the rule has none. */
export const slotTime = (rule: FullRule, slot: RaidSlot): SlotTime | null =>
  isDate(slot) && happensOn(rule, dayNumber(slot)) ? { slot, startsAtMs: startOn(rule, slot) } : null

const isDate = (slot: RaidSlot): boolean => {
  const day = dayNumber(slot)
  return Number.isFinite(day) && dateOf(day) === slot
}

/** The occurrences that begin at or after `fromMs` and before `toMs`, in their order, at most `max`. */
export function slotsBetween(rule: FullRule, fromMs: number, toMs: number, max: number): readonly SlotTime[] {
  const found: SlotTime[] = []
  // A day early: a time that clocks skip may fall on the next one.
  const first = Math.max(dayNumber(dateAt(rule.zone, fromMs)) - 1, dayNumber(rule.starts_on))
  for (let day = first; day <= first + lookAheadDays && found.length < max; day += 1) {
    if (!happensOn(rule, day)) continue
    const startsAtMs = startOn(rule, dateOf(day))
    if (startsAtMs >= toMs) break
    if (startsAtMs >= fromMs) found.push({ slot: dateOf(day), startsAtMs })
  }
  return found
}

/** The first of them; null where the rule has come to its end. */
export const nextSlot = (rule: FullRule, fromMs: number): SlotTime | null =>
  slotsBetween(rule, fromMs, Number.POSITIVE_INFINITY, 1)[0] ?? null

/** When a raid happens: exactly one of the two is set. */
export interface RaidTimes {
  /** Unix ms. */
  readonly onceAtMs: number | null
  readonly rule: FullRule | null
}

/** Occurrences that begin in that time, by the rule or at the one time. */
export function startsBetween(
  { rule, onceAtMs }: RaidTimes,
  fromMs: number,
  toMs: number,
  max: number,
): readonly SlotTime[] {
  if (rule) return slotsBetween(rule, fromMs, toMs, max)
  return onceAtMs !== null && onceAtMs >= fromMs && onceAtMs < toMs ? [{ slot: onceSlot, startsAtMs: onceAtMs }] : []
}

/** When that occurrence begins; null where there is none of that name. */
export function startOf({ rule, onceAtMs }: RaidTimes, slot: RaidSlot): number | null {
  if (rule) return slotTime(rule, slot)?.startsAtMs ?? null
  return slot === onceSlot ? onceAtMs : null
}
