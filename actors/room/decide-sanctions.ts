import type { UserId } from '../../protocol/ids.ts'
import type { RoomEvent } from '../../protocol/room/events.ts'
import type { LiftClock } from '../../protocol/room/values.ts'
import { answer, reject, type CommandOf, type LiveRoom, type RoomDecision, type Rules } from './decision.ts'
import { refusal } from './policy.ts'
import { presentSanction } from './present.ts'
import { nextGeneration, sanctionKey, sanctionsMax } from './state.ts'
import type { RunningSanction } from './state.ts'

/** Sanctions: applied, lifted by a person, lifted by a clock. Durable, journaled. */

/** Who stands for the clocks where a moderator's id is asked for. */
export const system = 'system' as UserId

/** The target needs no seat: a sanction is on a user, and holds for the seat they take later. */
export function sanction(state: LiveRoom, command: CommandOf<'sanction'>, { nowMs }: Rules): RoomDecision {
  const { kind, target_user_id: userId, duration_s: durationS } = command
  const refused = refusal(state, command.by, { permission: kind, target: userId })
  if (refused) return reject(refused)
  const key = sanctionKey(kind, userId)
  if (!state.sanctions.has(key) && state.sanctions.size >= sanctionsMax) return reject('TOO_MANY_SANCTIONS')
  const generation = nextGeneration(state, key)
  const untilMs = durationS === null ? null : nowMs + durationS * 1_000
  const event: RoomEvent = {
    type: 'sanction.applied',
    v: 1,
    kind,
    user_id: userId,
    generation,
    until_ms: untilMs,
    by: command.by.user_id,
    reason: command.reason,
  }
  return answer('sanction', presentSanction({ kind, userId, generation, untilMs }), { events: [event] })
}

export function lift(state: LiveRoom, command: CommandOf<'lift'>): RoomDecision {
  const { kind, target_user_id: userId } = command
  const refused = refusal(state, command.by, { permission: kind, target: userId })
  if (refused) return reject(refused)
  const running = state.sanctions.get(sanctionKey(kind, userId))
  if (!running) return reject('NOT_SANCTIONED')
  const event: RoomEvent = {
    type: 'sanction.lifted',
    v: 1,
    kind,
    user_id: userId,
    generation: running.generation,
    cause: 'moderator',
    clock: 'none',
    by: command.by.user_id,
    reason: command.reason,
  }
  return answer('lift', { kind, user_id: userId, generation: running.generation }, { events: [event] })
}

/** Whichever clock comes second finds nothing left to do, and is told so. */
export function expire(state: LiveRoom, command: CommandOf<'expire'>, { nowMs }: Rules): RoomDecision {
  const running = state.sanctions.get(sanctionKey(command.kind, command.target_user_id))
  const current = running?.generation === command.generation ? running : undefined
  if (current && isDue(current, nowMs)) {
    return answer('expire', { lifted: true, not_before_ms: null }, { events: [expired(current, command.clock)] })
  }
  return answer('expire', { lifted: false, not_before_ms: current?.untilMs ?? null })
}

export const isDue = ({ untilMs }: RunningSanction, nowMs: number): boolean => untilMs !== null && untilMs <= nowMs

export const expired = (running: RunningSanction, clock: LiftClock): RoomEvent => ({
  type: 'sanction.lifted',
  v: 1,
  kind: running.kind,
  user_id: running.userId,
  generation: running.generation,
  cause: 'expired',
  clock,
  by: system,
  reason: '',
})
