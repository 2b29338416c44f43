/** What one socket may send. */
export interface FrameBounds {
  /** In the long run. */
  readonly perSecond: number
  /** At once, after a time of silence. */
  readonly burst: number
  /** Refused frames of a socket that does not slow down; with one more it is closed. Half of `perSecond` are forgiven in a second. */
  readonly patience: number
}

/** A socket that joins a full room answers every other link at once: some hundred frames. */
export const frameBounds = (perSecond: number): FrameBounds => ({
  perSecond,
  burst: perSecond * 10,
  patience: perSecond * 2,
})

/** What is left to a socket at a moment: a bucket of tokens, and how many frames were refused of late. */
export interface FrameBudget {
  readonly tokens: number
  readonly refused: number
  readonly atMs: number
}

export const fullBudget = ({ burst }: FrameBounds, nowMs: number): FrameBudget => ({
  tokens: burst,
  refused: 0,
  atMs: nowMs,
})

/** One frame came: it is taken, over the budget, or one too many of those that were. */
export function spendFrame(
  { tokens, refused, atMs }: FrameBudget,
  { perSecond, burst, patience }: FrameBounds,
  nowMs: number,
): { readonly budget: FrameBudget; readonly verdict: 'taken' | 'over' | 'flooding' } {
  const passedS = Math.max(0, nowMs - atMs) / 1_000
  const now = {
    tokens: Math.min(burst, tokens + passedS * perSecond),
    refused: Math.max(0, refused - (passedS * perSecond) / 2),
    atMs: Math.max(atMs, nowMs),
  }
  if (now.tokens >= 1) return { budget: { ...now, tokens: now.tokens - 1 }, verdict: 'taken' }
  const budget = { ...now, refused: now.refused + 1 }
  return { budget, verdict: budget.refused > patience ? 'flooding' : 'over' }
}

/** Until a frame is taken again. Ms. */
export const frameWaitMs = ({ tokens }: FrameBudget, { perSecond }: FrameBounds): number =>
  Math.ceil((Math.max(0, 1 - tokens) / perSecond) * 1_000)
