/** A day in UTC, counted from 1970-01-01. */
export type Day = number

export const dayMs = 86_400_000

/** `2026-11-25`. */
export const isoDay = (day: Day): string => new Date(day * dayMs).toISOString().slice(0, 10)

/** A part's name carries its day: `signaling_messages_20261125`. */
export const partName = (table: string, day: Day): string => `${table}_${isoDay(day).replaceAll('-', '')}`

/** The day of a part; null for the default part and for what somebody made by hand. */
export function dayOfPart(table: string, name: string): Day | null {
  const [, year, month, date] = /^_(\d{4})(\d{2})(\d{2})$/.exec(name.slice(table.length)) ?? []
  if (!name.startsWith(table) || year === undefined) return null
  const day = Date.UTC(Number(year), Number(month) - 1, Number(date)) / dayMs
  return partName(table, day) === name ? day : null
}

export interface PartsAsTheyAre {
  readonly today: Day
  /** Days that have a part. */
  readonly parts: readonly Day[]
  /** Days of rows in the default part: their own was missing when they came. */
  readonly strays: readonly Day[]
}

export interface PartsPlan {
  readonly make: readonly Day[]
  readonly drop: readonly Day[]
  /** Strays of these days are kept: from the first to the last. All others are of clocks that are wrong, or too old. */
  readonly keep: { readonly from: Day; readonly to: Day }
}

/** Parts are made for so many days beyond today: so long may every janitor be away before rows stray. */
export const aheadDays = 7

/** What is to be made and dropped, so that a row stays for at least `keepDays` whole days. */
export function planParts({ today, parts, strays }: PartsAsTheyAre, keepDays: number): PartsPlan {
  const keep = { from: today - keepDays, to: today + aheadDays }
  const wanted = Array.from({ length: aheadDays + 1 }, (_, ahead) => today + ahead)
  const ofStrays = strays.filter((day) => day >= keep.from && day <= keep.to)
  return {
    make: [...new Set([...ofStrays, ...wanted])].filter((day) => !parts.includes(day)).sort((a, b) => a - b),
    drop: parts.filter((day) => day < keep.from).sort((a, b) => a - b),
    keep,
  }
}
