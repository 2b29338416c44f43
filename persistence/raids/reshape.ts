import { startOf } from '../../protocol/raids/calendar.ts'
import { onceSlot } from '../../protocol/raids/values.ts'
import { endOf, isOver } from './plan.ts'
import type { Occurrence, Raid } from './port.ts'
import { raidRoomId } from './room-id.ts'

/** What an edit makes of the occurrences that have a row. */
export interface Reshaped {
  readonly put: readonly Occurrence[]
  /** Their rows go: the raid does not happen then any more, and nothing of them was begun. */
  readonly drop: readonly Occurrence[]
}

/**
 * Those that were not begun follow the raid, to another hour or away; those under way keep their start and end when the raid says.
 * What is over stays as it was.
 */
export function reshape(raid: Raid, occurrences: readonly Occurrence[]): Reshaped {
  const live = occurrences.filter((occurrence) => !isOver(occurrence))
  if (raid.status === 'cancelled') return { put: live.map((one) => ({ ...one, status: 'cancelled' })), drop: [] }
  const put: Occurrence[] = []
  const drop: Occurrence[] = []
  for (const one of live) {
    const startsAtMs = one.status === 'planned' ? startOf(raid, one.slot) : one.startsAtMs
    if (startsAtMs === null) drop.push(one)
    else put.push({ ...one, startsAtMs, endsAtMs: endOf(raid, startsAtMs) })
  }
  return { put, drop }
}

/** A fresh row for an occurrence. */
export const plannedAt = (raid: Raid, slot: string, startsAtMs: number): Occurrence => ({
  slot,
  startsAtMs,
  endsAtMs: endOf(raid, startsAtMs),
  status: 'planned',
  roomId: raidRoomId(raid.raidId, slot),
})

/** The rows that a new raid begins with: its one occurrence; a rule's come when they are near. */
export const firstOccurrences = (raid: Raid): readonly Occurrence[] =>
  raid.onceAtMs === null ? [] : [plannedAt(raid, onceSlot, raid.onceAtMs)]
