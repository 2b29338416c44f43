import type { Push } from '../../cluster/actor-runtime/definition.ts'
import type { UserId } from '../../protocol/ids.ts'
import { isoTimeOrNull } from '../../protocol/iso-time.ts'
import type { RoomEvent } from '../../protocol/room/events.ts'
import { everyone } from '../../protocol/room/moderation.ts'
import type { LiftClock, SanctionKind } from '../../protocol/room/values.ts'
import { isDue, nextGeneration, sanctionsMax, standing } from '../sanction-book.ts'
import type { RunningSanction } from '../sanction-book.ts'
import {
  answer,
  push,
  reject,
  sessionEnded,
  type CommandOf,
  type LiveRoom,
  type RoomDecision,
  type Rules,
} from './decision.ts'
import { left } from './decide-seats.ts'
import { evolve, type RoomChange } from './evolve.ts'
import { muteOf } from './sanctions-on.ts'
import { refusal, type Wanted } from './policy.ts'
import { presentRoomSanction, presentSeat } from './present.ts'
import { presenceOf, sanctionKey } from './state.ts'
import type { RoomState, Seat } from './state.ts'

/** Sanctions: applied, lifted by a person, lifted by a clock. Durable, journaled. */

/** Who stands for the clocks where a moderator's id is asked for. */
export const system = 'system' as UserId

/** The target needs no seat: a sanction is on a user, and holds for the seat they take later. A ban ends the one they have. */
export function sanction(state: LiveRoom, command: CommandOf<'sanction'>, { nowMs }: Rules): RoomDecision {
  const { kind, target_user_id: userId, duration_s: durationS } = command
  const refused = refusal(state, command.by, permissionFor(kind, userId))
  if (refused) return reject(refused)
  if (kind === 'mute_all' && userId !== everyone) return reject('VALIDATION_FAILED', { field: 'target_user_id' })
  if (isFull(state, kind, userId)) return reject('TOO_MANY_SANCTIONS')
  const untilMs = durationS === null ? null : nowMs + durationS * 1_000
  const event = applied(state, command, kind, untilMs)
  const seat = kind === 'ban' ? state.seats.get(userId) : undefined
  const after = evolve(state, event, nowMs)
  const value = presentRoomSanction(after, { kind, userId, generation: event.generation, untilMs })
  if (seat) {
    const pushes = [sessionEnded(seat.sessionId, 'banned')]
    return answer('sanction', value, { events: [event, left(seat, 'banned')], pushes })
  }
  const heard = kind === 'mute_all' ? state.seats.values() : kind === 'mute' ? seatsOf(state, userId) : []
  return answer('sanction', value, { events: [event], ...silenced(after, heard) })
}

export function lift(state: LiveRoom, command: CommandOf<'lift'>): RoomDecision {
  const { kind, target_user_id: userId } = command
  const refused = refusal(state, command.by, permissionFor(kind, userId))
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
    ...evidenceOf(command),
  }
  return answer('lift', { kind, user_id: userId, generation: running.generation }, { events: [event] })
}

/** A ban that stands is not made shorter by a kick, and not written again for nothing. */
export function kick(state: LiveRoom, command: CommandOf<'kick'>, { nowMs }: Rules): RoomDecision {
  const { target_user_id: userId, duration_s: durationS } = command
  const refused = refusal(state, command.by, { permission: 'kick', target: userId })
  if (refused) return reject(refused)
  const seat = state.seats.get(userId)
  if (!seat && durationS === null) return reject('PARTICIPANT_NOT_FOUND')
  const untilMs = durationS === null ? null : nowMs + durationS * 1_000
  const stands = standing(state, 'ban', userId, nowMs)
  const outlasts = untilMs !== null && (!stands || (stands.untilMs !== null && stands.untilMs < untilMs))
  if (outlasts && isFull(state, 'ban', userId)) return reject('TOO_MANY_SANCTIONS')
  const kicked: RoomEvent = {
    type: 'participant.kicked',
    v: 1,
    user_id: userId,
    session_id: seat?.sessionId ?? null,
    until_ms: untilMs,
    by: command.by.user_id,
    reason: command.reason,
    ...evidenceOf(command),
  }
  return answer(
    'kick',
    {
      user_id: userId,
      session_id: seat?.sessionId ?? null,
      until: isoTimeOrNull(outlasts ? untilMs : (stands?.untilMs ?? null)),
      is_banned: outlasts || stands !== null,
    },
    {
      events: [
        kicked,
        ...(outlasts ? [{ ...applied(state, command, 'ban', untilMs), by_kick: true }] : []),
        ...(seat ? [left(seat, 'kicked')] : []),
      ],
      pushes: seat ? [sessionEnded(seat.sessionId, 'kicked')] : [],
    },
  )
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

/** Nobody who is muted is shown as speaking: what of these seats was, is told anew. */
export function silenced(
  after: RoomState,
  seats: Iterable<Seat>,
): { readonly changes: readonly RoomChange[]; readonly pushes: readonly Push[] } {
  const changes: RoomChange[] = []
  const pushes: Push[] = []
  for (const seat of seats) {
    const before = presenceOf(after, seat.sessionId)
    if (!before.speaking || !muteOf(after, seat)) continue
    const presence = { ...before, speaking: false }
    changes.push({ change: 'presence', sessionId: seat.sessionId, presence })
    pushes.push(push('all', { type: 'presence', participant: presentSeat(after, seat, presence) }))
  }
  return { changes, pushes }
}

export function seatsOf(state: RoomState, userId: UserId): readonly Seat[] {
  const seat = state.seats.get(userId)
  return seat ? [seat] : []
}

/** Each kind has the permission of its name. */
const permissionFor = (kind: SanctionKind, userId: UserId): Wanted =>
  kind === 'mute_all' ? { permission: kind } : { permission: kind, target: userId }

const isFull = (state: RoomState, kind: SanctionKind, userId: UserId): boolean =>
  !state.sanctions.has(sanctionKey(kind, userId)) && state.sanctions.size >= sanctionsMax

const evidenceOf = ({ evidence }: { readonly evidence?: string }) => (evidence === undefined ? {} : { evidence })

const applied = (
  state: RoomState,
  command: CommandOf<'sanction' | 'kick'>,
  kind: SanctionKind,
  untilMs: number | null,
): Extract<RoomEvent, { type: 'sanction.applied' }> => ({
  type: 'sanction.applied',
  v: 1,
  kind,
  user_id: command.target_user_id,
  generation: nextGeneration(state, sanctionKey(kind, command.target_user_id)),
  until_ms: untilMs,
  by: command.by.user_id,
  reason: command.reason,
  ...evidenceOf(command),
})
