import type { EndCause } from '../../protocol/room/values.ts'
import { endWarningsMs } from '../../protocol/workflows.ts'
import { occupancyOf, settingsOf } from './state.ts'
import type { RoomState } from './state.ts'

/** When and why a room closes by itself. */
export interface End {
  /** Unix ms. */
  readonly atMs: number
  readonly cause: Exclude<EndCause, 'closed'>
}

/**
 * The end that comes first unless something comes between: the scheduled one, or that of a temporary room that nobody is in, counted
 * from its last join, leave or change. Null for none.
 */
export function endOf(state: RoomState): End | null {
  const { room } = state
  if (room?.status !== 'active') return null
  const { scheduled_end_at_ms: scheduledMs, is_temporary: isTemporary } = room.spec
  const emptyMs = isTemporary && occupancyOf(state) === 0 ? room.activeAtMs + settingsOf(room).emptyTimeoutMs : null
  if (emptyMs !== null && (scheduledMs === null || emptyMs < scheduledMs)) return { atMs: emptyMs, cause: 'empty' }
  return scheduledMs === null ? null : { atMs: scheduledMs, cause: 'scheduled_end' }
}

/** The state with the end that follows from it. */
export function withEnd(state: RoomState): RoomState {
  const { end } = state
  const atMs = endOf(state)?.atMs ?? null
  if (atMs !== end.atMs) return { ...state, end: { atMs, generation: end.generation + 1, isNew: true } }
  return end.isNew ? { ...state, end: { ...end, isNew: false } } : state
}

/** The end of the room, where it has come. */
export function dueEnd(state: RoomState, nowMs: number): End | null {
  const end = endOf(state)
  return end && end.atMs <= nowMs ? end : null
}

/** The next warning of the scheduled end that was not given yet; null where no connection is there to hear one. */
export function nextWarning({
  room,
  presence,
  warned,
}: RoomState): { readonly atMs: number; readonly leftMs: number } | null {
  const endsAtMs = room?.status === 'active' ? room.spec.scheduled_end_at_ms : null
  if (endsAtMs === null) return null
  const given = warned?.endsAtMs === endsAtMs ? warned.leftMs : Number.POSITIVE_INFINITY
  const leftMs = endWarningsMs.find((left) => left < given)
  if (leftMs === undefined || !isHeard(presence)) return null
  return { atMs: endsAtMs - leftMs, leftMs }
}

function isHeard(presence: RoomState['presence']): boolean {
  for (const { connected } of presence.values()) if (connected) return true
  return false
}
