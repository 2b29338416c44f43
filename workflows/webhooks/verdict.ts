import type { AttemptOutcome, ClaimedDelivery } from '../../persistence/webhooks/port.ts'
import type { SendResult } from './sender.ts'

/** A delivery is tried for so long, ms: three days. */
export const giveUpMs = 3 * 86_400_000
/** Rests between attempts: 5 s, doubling up to 6 h. */
const firstRestMs = 5_000
const longestRestMs = 6 * 3_600_000

/**
 * How long a delivery rests behind its `attempt`-th failure, ms. `random` in [0, 1) moves it by up to a quarter either way, so that
 * what failed together does not come back together.
 */
export const restMs = (attempt: number, random: number): number =>
  Math.min(firstRestMs * 2 ** Math.min(attempt - 1, 30), longestRestMs) * (0.75 + random / 2)

/** What an attempt comes to. Only an answer of the 200s counts as delivered; 410 says that there is nobody to come back for. */
export function verdictOf(
  delivery: ClaimedDelivery,
  result: SendResult,
  { tookMs, nowMs, random }: { readonly tookMs: number; readonly nowMs: number; readonly random: number },
): AttemptOutcome {
  const { status } = result
  const of = { delivery, status, tookMs, gone: status === 410 }
  if (status !== null && status >= 200 && status < 300) return { ...of, outcome: 'delivered', error: null, restMs: 0 }
  const error = result.status === null ? result.error : status !== null && status < 400 ? 'redirect' : 'status'
  const asked = result.status === null ? 0 : (result.retryAfterMs ?? 0)
  const rest = Math.max(restMs(delivery.attempt, random), asked)
  const isOver = of.gone || nowMs + rest > delivery.queuedAtMs + giveUpMs
  return { ...of, outcome: isOver ? 'dead' : 'retry', error, restMs: isOver ? 0 : rest }
}
