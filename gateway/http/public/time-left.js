// @ts-check

/**
 * The time until a deadline, as people read it: `0:09`, `12:30`, `2 h 05 min`, `3 d 4 h`. `0:00` once it has passed.
 * @param {string} until ISO 8601.
 * @param {number} nowMs Unix ms.
 */
export function timeLeft(until, nowMs) {
  const seconds = Math.max(0, Math.ceil((Date.parse(until) - nowMs) / 1_000))
  const minutes = Math.floor(seconds / 60)
  const hours = Math.floor(minutes / 60)
  if (hours >= 24) return `${Math.floor(hours / 24)} d ${hours % 24} h`
  if (hours >= 1) return `${hours} h ${two(minutes % 60)} min`
  return `${minutes}:${two(seconds % 60)}`
}

/** @param {number} value */
const two = (value) => String(value).padStart(2, '0')
