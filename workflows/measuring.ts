import type { Cancel, Timers } from '../protocol/ports.ts'

/**
 * Measures a backlog regularly, one look at a time, beside the loop that works it off: so its age is told while that stands still, too.
 * A look that fails is passed over, since the loop meets the same trouble, and says so.
 */
export function measureRegularly(timers: Timers, everyMs: number, measure: () => Promise<void>): Cancel {
  let underWay = false
  return timers.every(everyMs, () => {
    if (underWay) return
    underWay = true
    void measure()
      .catch(() => undefined)
      .finally(() => (underWay = false))
  })
}
