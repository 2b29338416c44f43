import type { SessionId } from '../../protocol/ids.ts'
import { graceMs, type Rules } from './decision.ts'
import type { RoomChange } from './evolve.ts'
import { presenceOf, type RoomState } from './state.ts'

/** A seat without a connection is kept for the grace from now on. */
export function inUse(state: RoomState, sessionId: SessionId, rules: Rules): RoomChange[] {
  const presence = presenceOf(state, sessionId)
  if (presence.connected) return []
  return [{ change: 'presence', sessionId, presence: { ...presence, lapseAtMs: rules.nowMs + graceMs(state, rules) } }]
}
