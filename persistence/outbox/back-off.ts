/** How long a row rests behind its `attempts`-th failure, ms: 1 s, doubling up to 60 s. */
export const restAfterMs = (attempts: number): number => Math.min(1_000 * 2 ** (attempts - 1), 60_000)
