import { soonestEndMs } from '../sanction-book.ts'
import { meshDueMs } from './decide-mesh.ts'
import { soonestExpiryMs } from './invites.ts'
import { endOf, nextWarning } from './life.ts'
import type { RoomState } from './state.ts'
import { soonestWiderEndMs } from './wider.ts'

/**
 * When the next seat lapses, the next sanction or invite ends, the room does, or warns of it, or links are to be planned, Unix ms;
 * null for never. Linear in seats, sanctions and invites.
 */
export function nextDueMs(state: RoomState): number | null {
  if (state.room?.status !== 'active') return null
  let due = Number.POSITIVE_INFINITY
  for (const { lapseAtMs } of state.presence.values()) if (lapseAtMs !== null && lapseAtMs < due) due = lapseAtMs
  due = Math.min(due, soonestEndMs(state), soonestWiderEndMs(state))
  due = Math.min(due, endOf(state)?.atMs ?? due, nextWarning(state)?.atMs ?? due, meshDueMs(state) ?? due)
  due = Math.min(due, soonestExpiryMs(state.invites))
  return due === Number.POSITIVE_INFINITY ? null : due
}
