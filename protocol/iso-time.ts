const dayMs = 86_400_000
const digits = (count: number, width: number): readonly string[] =>
  Array.from({ length: count }, (_, value) => String(value).padStart(width, '0'))
const twoDigits = digits(60, 2)
const threeDigits = digits(1_000, 3)

/** The date that was written last, up to its `T`: nearly all moments that are written are of today. */
let lastDate = { day: Number.NaN, text: '' }

/** ISO 8601 in UTC, with milliseconds. Takes Unix ms within +-8.64e15; throws RangeError beyond. */
export function isoTime(ms: number): string {
  const whole = Math.trunc(ms)
  const day = Math.floor(whole / dayMs)
  if (day !== lastDate.day) lastDate = { day, text: dateOf(whole) }
  const inDay = whole - day * dayMs
  const seconds = Math.floor(inDay / 1_000)
  const minutes = Math.floor(seconds / 60)
  const time = `${twoDigits[Math.floor(minutes / 60)]}:${twoDigits[minutes % 60]}:${twoDigits[seconds % 60]}`
  return `${lastDate.text}${time}.${threeDigits[inDay % 1_000]}Z`
}

// Formats a given moment; `Date` is barred from pure code for reading the clock.
const dateOf = (ms: number): string => new Date(ms).toISOString().slice(0, -'00:00:00.000Z'.length)

/** As isoTime; null stays null. */
export const isoTimeOrNull = (ms: number | null): string | null => (ms === null ? null : isoTime(ms))
