/**
 * Polls `check` until it is true. Fails with the reason, and with what `explain` says, when that takes longer than
 * `timeoutMs`; an error thrown by `check` fails at once.
 */
export async function waitUntil(
  reason: string,
  check: () => boolean | Promise<boolean>,
  timeoutMs = 10_000,
  explain: () => string = () => '',
): Promise<void> {
  const untilMs = performance.now() + timeoutMs
  while (!(await check())) {
    if (performance.now() > untilMs) throw new Error(`waited ${timeoutMs} ms until ${reason}\n${explain()}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
