import type { Decision } from '../../cluster/actor-runtime/definition.ts'
import type { ErrorCode } from '../../protocol/errors.ts'
import type { UserId } from '../../protocol/ids.ts'
import { isoTimeOrNull } from '../../protocol/iso-time.ts'
import type { ScopeCommand } from '../../protocol/sanctions/commands.ts'
import type { Rank, ScopeEvent } from '../../protocol/sanctions/events.ts'
import type { ScopeReplies } from '../../protocol/sanctions/replies.ts'
import type { WiderKind } from '../../protocol/sanctions/scope.ts'
import { isDue, nextGeneration, sanctionKey } from '../sanction-book.ts'
import { appliedEvent, expiredEvent, liftedEvent } from '../wider-sanctions/events.ts'
import { mayChange, rankIn } from './policy.ts'
import { bookOf, partOf, widerSanctionsMax, type ScopeState } from './state.ts'

export type ScopeDecision = Decision<ScopeEvent, never>
type CommandOf<Type extends ScopeCommand['type']> = Extract<ScopeCommand, { type: Type }>

/** Events that one wake makes at the most; what is left over is still due, so that the next wake follows at once. */
export const wakeEventsMax = 1_000

/** What a command comes to in this state, at this time (Unix ms). */
export function decide(state: ScopeState, command: ScopeCommand, nowMs: number): ScopeDecision {
  switch (command.type) {
    case 'apply':
      return apply(state, command, nowMs)
    case 'lift':
      return lift(state, command)
    case 'expire':
      return expire(state, command, nowMs)
    case 'authorize':
      return rankIn(state.scope, command.by) ? answer('authorize', null) : reject('FORBIDDEN')
    case 'wake':
      return wake(state, nowMs)
  }
}

function apply(state: ScopeState, command: CommandOf<'apply'>, nowMs: number): ScopeDecision {
  const { kind, target_user_id: userId, duration_s: durationS, by } = command
  const rank = allowedRank(state, command)
  const book = bookOf(state, userId)
  const stands = book.sanctions.get(sanctionKey(kind, userId))
  // Of oneself one may take off what a lower one put on, but not put on another in its place.
  if (!rank || by.user_id === userId) return reject('FORBIDDEN')
  if (!stands && state.size >= widerSanctionsMax) return reject('TOO_MANY_SANCTIONS')
  const untilMs = durationS === null ? null : nowMs + durationS * 1_000
  const generation = nextGeneration(book, sanctionKey(kind, userId))
  const event = appliedEvent(command, { generation, untilMs, rank })
  return answer('apply', { ...presented(state, kind, userId, generation), until: isoTimeOrNull(untilMs) }, [event])
}

function lift(state: ScopeState, command: CommandOf<'lift'>): ScopeDecision {
  const { kind, target_user_id: userId } = command
  if (!allowedRank(state, command)) return reject('FORBIDDEN')
  const running = bookOf(state, userId).sanctions.get(sanctionKey(kind, userId))
  if (!running) return reject('NOT_SANCTIONED')
  const event = liftedEvent(command, running)
  return answer('lift', presented(state, kind, userId, running.generation), [event])
}

/** Whichever clock comes second finds nothing left to do, and is told so. */
function expire(state: ScopeState, command: CommandOf<'expire'>, nowMs: number): ScopeDecision {
  const { kind, target_user_id: userId } = command
  const running = bookOf(state, userId).sanctions.get(sanctionKey(kind, userId))
  const current = running?.generation === command.generation ? running : undefined
  if (current && isDue(current, nowMs)) {
    return answer('expire', { lifted: true, not_before_ms: null }, [expiredEvent(current, command.clock)])
  }
  return answer('expire', { lifted: false, not_before_ms: current?.untilMs ?? null })
}

function wake(state: ScopeState, nowMs: number): ScopeDecision {
  const events: ScopeEvent[] = []
  for (const part of state.parts) {
    if (part.soonestEndMs > nowMs) continue
    for (const running of part.sanctions.values()) {
      if (events.length >= wakeEventsMax) break
      if (isDue(running, nowMs)) events.push(expiredEvent(running, 'actor'))
    }
  }
  return answer('wake', null, events)
}

/** The rank with which the principal may change that sanction; null where they may not. */
function allowedRank(
  state: ScopeState,
  { by, kind, target_user_id: target }: CommandOf<'apply'> | CommandOf<'lift'>,
): Rank | null {
  const rank = rankIn(state.scope, by)
  const stands = partOf(state, target).ranks.get(sanctionKey(kind, target)) ?? null
  return rank && mayChange(rank, by.user_id, target, stands) ? rank : null
}

const presented = ({ scope: { scope, scopeId } }: ScopeState, kind: WiderKind, userId: UserId, generation: number) => ({
  scope,
  scope_id: scopeId,
  kind,
  user_id: userId,
  generation,
})

const answer = <Type extends keyof ScopeReplies>(
  _type: Type,
  value: ScopeReplies[Type],
  events: readonly ScopeEvent[] = [],
): ScopeDecision => ({ events, changes: [], pushes: [], reply: { ok: value } })

const reject = (code: ErrorCode): ScopeDecision => ({ events: [], changes: [], pushes: [], reply: { reject: code } })
