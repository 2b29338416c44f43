import type { RecordWrite } from '../record-writes.ts'

/** What marks the rows of a user's seats. */
const speaksOfSeats: ReadonlySet<RecordWrite['write']> = new Set([
  'participant.mute',
  'participant.deafen',
  'participant.role',
])

/**
 * Cuts a list of writes where writing kind by kind would not give what writing one by one gives: in front of a room's put
 * behind an activity of the same room, which the activity would overwrite, and in front of what marks the
 * seats of a user behind a leave, which would mark a row that had left. Joins and leaves, the many, never cut.
 */
export function inStretches(writes: readonly RecordWrite[]): readonly (readonly RecordWrite[])[] {
  const stretches: RecordWrite[][] = []
  let current: RecordWrite[] = []
  let active = new Set<string>()
  let someoneLeft = false
  for (const write of writes) {
    const cuts =
      (write.write === 'room.put' && active.has(write.roomId)) || (speaksOfSeats.has(write.write) && someoneLeft)
    if (cuts) {
      stretches.push(current)
      current = []
      active = new Set()
      someoneLeft = false
    }
    if (write.write === 'room.activity') active.add(write.roomId)
    if (write.write === 'participant.left') someoneLeft = true
    current.push(write)
  }
  return current.length > 0 ? [...stretches, current] : stretches
}
