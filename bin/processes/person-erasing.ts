import type { PersonEraser } from '../../persistence/persons/port.ts'
import { commandId, roomKey, type RoomId, type UserId } from '../../protocol/ids.ts'
import { answered, type PersonErasing } from '../../workflows/index.ts'
import { isGone, ownerOrGuest, type RoomsReached } from './owner-or-guest.ts'

/** Who acts here. */
const system = { user_id: 'system' as UserId, privileges: ['service'] } as const

/** Ends the seats of a person who is to be erased, then takes them out of the next piece of the record. */
export const personErasing = (eraser: PersonEraser, reached: RoomsReached): PersonErasing => ({
  async eraseNext({ erasureId }) {
    const subject = await eraser.subject(erasureId)
    for (const room of subject?.seatedIn ?? []) {
      const roomId = room as RoomId
      const command = { type: 'leave', by: system, user_id: subject?.userId }
      const result = await ownerOrGuest(
        reached,
        roomKey(roomId),
        commandId(`erase-person:${erasureId}`, roomId),
        command,
      )
      // Whoever has no seat there by the room itself has none to end.
      const hasNone = result.status === 'rejected' && result.code === 'SESSION_NOT_FOUND'
      if (!hasNone && !isGone(result)) answered(result)
    }
    return eraser.eraseNext(erasureId)
  },
})
