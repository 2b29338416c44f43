/** ISO 8601 in UTC, with milliseconds. Takes Unix ms within +-8.64e15. */
// Formats a given moment; `Date` is barred from pure code for reading the clock.
export const isoTime = (ms: number): string => new Date(ms).toISOString()

/** As isoTime; null stays null. */
export const isoTimeOrNull = (ms: number | null): string | null => (ms === null ? null : isoTime(ms))
