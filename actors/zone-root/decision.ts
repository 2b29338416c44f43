import type { DecideContext, Decision } from '../../cluster/actor-runtime/definition.ts'
import type { ErrorCode } from '../../protocol/errors.ts'
import type { ZoneCommand } from '../../protocol/zone/commands.ts'
import type { ZoneEvent } from '../../protocol/zone/events.ts'
import type { ZoneReplies } from '../../protocol/zone/replies.ts'
import type { PlanPush } from '../../protocol/zone/root-link.ts'
import { evolve } from './evolve.ts'
import { planOf } from './plan.ts'
import type { MadeZone, ZoneState } from './state.ts'
import { applyChange, fullChange, type ZoneChange } from './watching.ts'

export type ZoneDecision = Decision<ZoneEvent, ZoneChange>
export type CommandOf<Type extends ZoneCommand['type']> = Extract<ZoneCommand, { type: Type }>

/** What a rule needs beside state and command. */
export type Rules = Pick<DecideContext, 'epoch' | 'nowMs'>

export const reject = (code: ErrorCode, data?: Record<string, unknown>): ZoneDecision => ({
  events: [],
  changes: [],
  pushes: [],
  reply: { reject: code, ...(data ? { data } : {}) },
})

/** An answer to a command of that type that changes nothing. */
export const answer = <Type extends keyof ZoneReplies>(_type: Type, value: ZoneReplies[Type]): ZoneDecision => ({
  events: [],
  changes: [],
  pushes: [],
  reply: { ok: value },
})

/**
 * What a command of that type comes to that changes something: whether the zone is full is looked at as well, and where the plan is another one
 * behind it, everybody who watches is told. `value` makes the answer of the state behind it all.
 */
export function carriedOut<Type extends keyof ZoneReplies>(
  _type: Type,
  before: MadeZone,
  { events = [], changes = [] }: Partial<Pick<ZoneDecision, 'events' | 'changes'>>,
  { epoch, nowMs }: Rules,
  value: (after: MadeZone) => ZoneReplies[Type],
): ZoneDecision {
  let after: ZoneState = before
  for (const event of events) after = evolve(after, event, { epoch, atMs: nowMs })
  for (const change of changes) after = applyChange(after, change)
  const full = fullChange(after, epoch, nowMs)
  if (full) after = applyChange(after, full)
  const made = { ...after, zone: after.zone ?? before.zone }
  const isOther = events.length > 0 || full !== null
  const push: PlanPush | null = isOther && made.watchers.size > 0 ? { type: 'plan', plan: planOf(made) } : null
  return {
    events,
    changes: full ? [...changes, full] : changes,
    pushes: push ? [{ to: 'all', body: push }] : [],
    reply: { ok: value(made) },
  }
}
