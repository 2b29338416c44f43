/** Longest pause of a command, whose sender waits; and of a session, which is attached whenever that can be. Ms. */
const longestMs = { command: 400, session: 2_000 } as const

/**
 * How long to wait before an actor is asked again that has failed for so long: 20-80 ms at first, later a tenth of the
 * time, so that an outage is made longer by a tenth at most and asked about less and less often. `fraction` in [0, 1)
 * spreads those who wait for the same thing.
 */
export function pauseMs(failingForMs: number, fraction: number, who: keyof typeof longestMs): number {
  const tenthMs = failingForMs / 10
  return tenthMs <= 50 ? 20 + 60 * fraction : Math.min(tenthMs * (0.75 + 0.5 * fraction), longestMs[who])
}
