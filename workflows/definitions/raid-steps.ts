import type { OccurrencePlan } from '../../protocol/raids/workflow.ts'

/** What an occurrence's workflow does next. */
export type RaidStep =
  | { readonly step: 'stop' }
  | { readonly step: 'wait'; readonly untilMs: number }
  /** `leadMs` null: too late to be of use; it counts as told. */
  | { readonly step: 'remind'; readonly leadMs: number | null; readonly told: readonly string[] }
  | { readonly step: 'open' | 'sync' | 'end' | 'miss' | 'close' }

/** A reminder that comes later than that is none, ms. */
export const reminderLateMs = 5 * 60_000

/** Names one reminder: a start that is moved is reminded of anew. */
export const reminderKey = ({ startsAtMs }: OccurrencePlan, leadMs: number): string => `${startsAtMs}/${leadMs}`

/** What comes next for an occurrence that stands so; `told`: the reminders that were given or let go. */
export function nextStep(plan: OccurrencePlan | null, told: ReadonlySet<string>, nowMs: number): RaidStep {
  if (!plan) return { step: 'stop' }
  switch (plan.status) {
    case 'over':
      return { step: 'stop' }
    case 'cancelled':
    case 'missed':
    case 'skipped':
      return plan.roomMade ? { step: 'close' } : { step: 'stop' }
    case 'planned':
    case 'opening':
      if (nowMs >= plan.missedAtMs) return { step: 'miss' }
      if (plan.paused) return { step: 'wait', untilMs: plan.missedAtMs }
      if (nowMs >= plan.opensAtMs) return { step: 'open' }
      return (
        dueReminder(plan, told, nowMs) ?? { step: 'wait', untilMs: Math.min(plan.opensAtMs, nextReminder(plan, nowMs)) }
      )
    case 'open':
      if (nowMs >= plan.endsAtMs) return { step: 'end' }
      if (plan.synced < plan.generation) return { step: 'sync' }
      return (
        dueReminder(plan, told, nowMs) ?? { step: 'wait', untilMs: Math.min(plan.endsAtMs, nextReminder(plan, nowMs)) }
      )
  }
}

/** Of several that are due the shortest is given, and stands for the others. */
function dueReminder(plan: OccurrencePlan, told: ReadonlySet<string>, nowMs: number): RaidStep | null {
  const due = plan.leadsMs.filter((leadMs) => plan.startsAtMs - leadMs <= nowMs && !told.has(reminderKey(plan, leadMs)))
  if (due.length === 0) return null
  const leadMs = Math.min(...due)
  const isLate = nowMs > plan.startsAtMs - leadMs + reminderLateMs || nowMs >= plan.startsAtMs
  return { step: 'remind', leadMs: isLate ? null : leadMs, told: due.map((lead) => reminderKey(plan, lead)) }
}

/** Unix ms; infinity for none. */
const nextReminder = ({ startsAtMs, leadsMs }: OccurrencePlan, nowMs: number): number =>
  Math.min(...leadsMs.map((leadMs) => startsAtMs - leadMs).filter((atMs) => atMs > nowMs), Number.POSITIVE_INFINITY)
