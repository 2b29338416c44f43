import type { UserId } from '../../protocol/ids.ts'
import { isoTimeOrNull } from '../../protocol/iso-time.ts'
import type { WiderKind } from '../../protocol/sanctions/scope.ts'
import { isDue, nextGeneration, sanctionKey } from '../sanction-book.ts'
import { appliedEvent, expiredEvent, liftedEvent } from '../wider-sanctions/events.ts'
import { answer, carriedOut, reject, type CommandOf, type Rules, type ZoneDecision } from './decision.ts'
import { rankToSanction } from './policy.ts'
import { zoneSanctionsMax, type MadeZone } from './state.ts'

export function sanction(state: MadeZone, command: CommandOf<'sanction'>, rules: Rules): ZoneDecision {
  const { kind, target_user_id: userId, duration_s: durationS, by } = command
  const key = sanctionKey(kind, userId)
  const rank = rankToSanction(state, by, kind, userId)
  // Of oneself one may take off what a lower one put on, but not put on another in its place.
  if (!rank || by.user_id === userId) return reject('FORBIDDEN')
  const { sanctions } = state.book
  if (!sanctions.has(key) && sanctions.size >= zoneSanctionsMax) return reject('TOO_MANY_SANCTIONS')
  const untilMs = durationS === null ? null : rules.nowMs + durationS * 1_000
  const generation = nextGeneration(state.book, key)
  const event = appliedEvent(command, { generation, untilMs, rank })
  return carriedOut('sanction', state, { events: [event] }, rules, () => ({
    ...presented(state, kind, userId, generation),
    until: isoTimeOrNull(untilMs),
  }))
}

export function lift(state: MadeZone, command: CommandOf<'lift'>, rules: Rules): ZoneDecision {
  const { kind, target_user_id: userId, by } = command
  if (!rankToSanction(state, by, kind, userId)) return reject('FORBIDDEN')
  const running = state.book.sanctions.get(sanctionKey(kind, userId))
  if (!running) return reject('NOT_SANCTIONED')
  const event = liftedEvent(command, running)
  return carriedOut('lift', state, { events: [event] }, rules, () => presented(state, kind, userId, running.generation))
}

/** Whichever clock comes second finds nothing left to do, and is told so. */
export function expire(state: MadeZone, command: CommandOf<'expire'>, rules: Rules): ZoneDecision {
  const running = state.book.sanctions.get(sanctionKey(command.kind, command.target_user_id))
  const current = running?.generation === command.generation ? running : undefined
  if (!current || !isDue(current, rules.nowMs)) {
    return answer('expire', { lifted: false, not_before_ms: current?.untilMs ?? null })
  }
  const event = expiredEvent(current, command.clock)
  return carriedOut('expire', state, { events: [event] }, rules, () => ({ lifted: true, not_before_ms: null }))
}

/** Ends what is due; in a zone that is closed nothing is. */
export function wake(state: MadeZone, rules: Rules): ZoneDecision {
  const isOpen = state.zone.closedAtMs === null
  const due = isOpen ? [...state.book.sanctions.values()].filter((running) => isDue(running, rules.nowMs)) : []
  return carriedOut('wake', state, { events: due.map((running) => expiredEvent(running, 'actor')) }, rules, () => null)
}

const presented = ({ zoneId }: MadeZone, kind: WiderKind, userId: UserId, generation: number) => ({
  zone_id: zoneId,
  kind,
  user_id: userId,
  generation,
})
