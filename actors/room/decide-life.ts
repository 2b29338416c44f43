import type { Push } from '../../cluster/actor-runtime/definition.ts'
import { isoTime } from '../../protocol/iso-time.ts'
import type { RoomEvent } from '../../protocol/room/events.ts'
import type { EndClock } from '../../protocol/room/values.ts'
import { endWarningsMs } from '../../protocol/workflows.ts'
import { answer, push, sessionEnded, type CommandOf, type LiveRoom, type RoomDecision, type Rules } from './decision.ts'
import { system } from './decide-sanctions.ts'
import type { RoomChange } from './evolve.ts'
import { dueEnd, endOf, nextWarning, type End } from './life.ts'
import type { RoomState } from './state.ts'

/** The end of a room by a clock, and the warnings before it. */

/** Whichever clock comes second finds the room closed; one that comes too early is told when to come again. */
export function expireRoom(state: LiveRoom, command: CommandOf<'expire_room'>, { nowMs }: Rules): RoomDecision {
  const end = dueEnd(state, nowMs)
  if (!end) return answer('expire_room', { closed: false, not_before_ms: endOf(state)?.atMs ?? null })
  return answer('expire_room', { closed: true, not_before_ms: null }, ended(state, end, command.clock))
}

/** Beside the alarm, which does the same: whoever comes second finds it done. */
export function warnRoom(state: LiveRoom, { nowMs }: Rules): RoomDecision {
  return answer('warn_room', null, warning(state, nowMs))
}

/** What the room's end comes to: its closing, and word to everyone in it. */
export function ended(state: RoomState, { cause }: End, clock: EndClock): Pick<RoomDecision, 'events' | 'pushes'> {
  const closed: RoomEvent = { type: 'room.closed', v: 1, by: system, reason: '', cause, clock }
  return {
    events: [closed],
    pushes: Array.from(state.sessions.keys(), (session) => sessionEnded(session, 'room_closed')),
  }
}

/** The warning that is due, once, and the memory of it. One that comes late stands for those before it. */
export function warning(
  state: RoomState,
  nowMs: number,
): { readonly pushes: readonly Push[]; readonly changes: readonly RoomChange[] } {
  const endsAtMs = state.room?.spec.scheduled_end_at_ms ?? null
  const next = nextWarning(state)
  if (endsAtMs === null || !next || next.atMs > nowMs) return { pushes: [], changes: [] }
  const leftMs = endWarningsMs.findLast((left) => endsAtMs - left <= nowMs) ?? next.leftMs
  return {
    pushes: [push('all', { type: 'room_ending', ends_at: isoTime(endsAtMs) })],
    changes: [{ change: 'warned', endsAtMs, leftMs }],
  }
}
