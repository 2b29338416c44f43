/** Waits; for polling what has no event of its own. */
export const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Polls until `check` is true; false when that took longer than `withinMs`. */
export async function becomes(
  check: () => boolean | Promise<boolean>,
  withinMs: number,
  everyMs = 25,
): Promise<boolean> {
  const untilMs = performance.now() + withinMs
  while (!(await check())) {
    if (performance.now() > untilMs) return false
    await pause(everyMs)
  }
  return true
}

/** `850 ms`, `12 s`, `2 min 38 s`. */
export function spoken(ms: number): string {
  if (ms < 1_000) return `${Math.round(ms)} ms`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 60) return ms < 9_950 ? `${(ms / 1_000).toFixed(1)} s` : `${seconds} s`
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`
}
