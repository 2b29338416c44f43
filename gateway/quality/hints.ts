import type { Hint, HintReason } from '../../protocol/quality/hint.ts'
import type { QualityReport } from '../../protocol/quality/report.ts'

/** When a figure calls for a hint: from `on` upwards, until it is below `off`. */
interface Rule {
  readonly hint: Hint
  readonly reason: HintReason
  readonly figure: 'packet_loss_rate' | 'jitter_ms' | 'round_trip_time'
  readonly on: number
  readonly off: number
}

/**
 * The worst first. Loss beyond a half is no congestion: the path is as good as dead, and asking for a new one is quicker than
 * waiting. A long way round is a matter of the path; loss and jitter short of that mostly mean that too much is sent.
 */
export const hintRules: readonly Rule[] = [
  { hint: 'reconnect_audio', reason: 'loss', figure: 'packet_loss_rate', on: 0.5, off: 0.2 },
  { hint: 'use_relay', reason: 'round_trip', figure: 'round_trip_time', on: 400, off: 300 },
  { hint: 'lower_bitrate', reason: 'loss', figure: 'packet_loss_rate', on: 0.08, off: 0.03 },
  { hint: 'lower_bitrate', reason: 'jitter', figure: 'jitter_ms', on: 60, off: 30 },
]

/** So many reports in a row begin a trouble, and so many end it. */
export const hintStreak = 3
/** The same hint is not given again sooner, ms. */
export const hintGapMs = 30_000

/** Where one rule stands: reports in a row beyond `on`, below `off`, and whether the trouble is on. */
interface Standing {
  readonly bad: number
  readonly good: number
  readonly isOn: boolean
}

/** What the reports of one session have come to so far. */
export interface HintState {
  /** In the order of the rules. */
  readonly standings: readonly Standing[]
  /** When each hint was last given. */
  readonly givenAtMs: Readonly<Partial<Record<Hint, number>>>
}

export const noHints: HintState = {
  standings: hintRules.map(() => ({ bad: 0, good: 0, isOn: false })),
  givenAtMs: {},
}

/** A hint to give, and why. */
export interface GivenHint {
  readonly hint: Hint
  readonly reason: HintReason
}

/**
 * Takes one more report in. Gives at most one hint: of the worst trouble that is on, unless that hint was given within
 * `hintGapMs`. While a worse trouble is on, lesser ones are not spoken of. A session whose audio goes over a relay already, as
 * `network_stats.candidate_type` says, is not told to use one.
 */
export function stepHints(
  before: HintState,
  report: QualityReport,
  nowMs: number,
): { readonly state: HintState; readonly give: GivenHint | null } {
  const standings = hintRules.map((rule, index) => step(before.standings[index], rule, report[rule.figure]))
  const isRelayed = report.network_stats?.['candidate_type'] === 'relay'
  const worst = hintRules.find(
    ({ hint }, index) => standings[index]?.isOn === true && !(hint === 'use_relay' && isRelayed),
  )
  const lastMs = worst && before.givenAtMs[worst.hint]
  if (!worst || (lastMs !== undefined && nowMs - lastMs < hintGapMs)) {
    return { state: { ...before, standings }, give: null }
  }
  const { hint, reason } = worst
  return { state: { standings, givenAtMs: { ...before.givenAtMs, [hint]: nowMs } }, give: { hint, reason } }
}

/** A report without the figure says nothing of the trouble. */
function step(
  before: Standing = { bad: 0, good: 0, isOn: false },
  { on, off }: Rule,
  value: number | undefined,
): Standing {
  if (value === undefined) return before
  const bad = value >= on ? before.bad + 1 : 0
  const good = value < off ? before.good + 1 : 0
  return { bad, good, isOn: before.isOn ? good < hintStreak : bad >= hintStreak }
}
