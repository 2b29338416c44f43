/*
 * Times of wall clocks in IANA zones, by the tables that Node brings. Deterministic: the clock of the machine is not asked.
 */

/** A day and a time of day as a wall clock shows them. Months count from 1. */
export interface WallTime {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
}

const dayMs = 86_400_000
const formats = new Map<string, Intl.DateTimeFormat>()

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    ...{ year: 'numeric', month: 'numeric', day: 'numeric' },
    ...{ hour: 'numeric', minute: 'numeric', second: 'numeric' },
  })
  formats.set(zone, made)
  return made
}

/**
 * The zone under its proper spelling, `Europe/Berlin` for `europe/berlin`; null for what is none. Only names of places and `UTC`
 * count: an offset knows no summer time, and other programs do not take one.
 */
export function properZone(zone: string): string | null {
  if (!/^(UTC|[a-z][a-z0-9_+-]*(\/[a-z0-9_+-]+)+)$/i.test(zone)) return null
  try {
    const resolved = formatOf(zone).resolvedOptions().timeZone
    // A name that was given up in favour of another one is a name all the same.
    return resolved.toLowerCase() === zone.toLowerCase() ? resolved : zone
  } catch {
    return null
  }
}

/** What the wall clock in the zone shows at that moment (Unix ms). */
export function wallTimeAt(zone: string, ms: number): WallTime {
  const parts: Record<string, number> = {}
  for (const { type, value } of formatOf(zone).formatToParts(ms)) parts[type] = Number(value)
  const { year = 0, month = 0, day = 0, hour = 0, minute = 0 } = parts
  return { year, month, day, hour, minute }
}

const asUtc = ({ year, month, day, hour, minute }: WallTime): number => Date.UTC(year, month - 1, day, hour, minute)

/** How far the zone is ahead of UTC at that moment, in whole minutes of ms. */
const offsetMs = (zone: string, ms: number): number => asUtc(wallTimeAt(zone, ms)) - Math.floor(ms / 60_000) * 60_000

/**
 * The moment (Unix ms) at which the wall clock in the zone shows that time. One that comes twice, since clocks are put back, is the first;
 * one that never comes, since they are put forward, is as if they had not been: 02:30 becomes 03:30. As iCalendar has it (RFC 5545).
 */
export function momentOf(zone: string, wall: WallTime): number {
  const shown = asUtc(wall)
  const before = shown - offsetMs(zone, shown - dayMs)
  const after = shown - offsetMs(zone, shown + dayMs)
  const shows = (ms: number) => asUtc(wallTimeAt(zone, ms)) === shown
  const found = [before, after].filter(shows)
  return found.length > 0 ? Math.min(...found) : before
}
