import type { CommandId, RoomId } from '../../protocol/ids.ts'
import { commandId, roomKey } from '../../protocol/ids.ts'
import type { ExpireRoomReply } from '../../protocol/room/replies.ts'
import { answered, type RoomCloser, type RoomExpirer } from '../../workflows/index.ts'
import { clockDeadlineMs, hasNoOwner, isGone, ownerOrGuest, type RoomsReached } from './owner-or-guest.ts'

/** Has overdue rooms close themselves, for the sweep. */
export const roomCloser = (reached: RoomsReached): RoomCloser => ({
  async expire({ roomId, closesAtMs }) {
    // The same from every sweep, so that one of two that come at once is answered with the other's outcome.
    const id = commandId(`sweep:${roomId}`, closesAtMs)
    const result = await ownerOrGuest(reached, roomKey(roomId), id, { type: 'expire_room', clock: 'sweep' })
    // Somebody was first.
    if (result.status === 'rejected' && result.code === 'ROOM_CLOSED') return { closed: false }
    const { closed } = answered(result) as ExpireRoomReply
    return { closed }
  },
})

/** Has rooms close themselves and warn those in them, for their workflows. */
export const roomExpirer = (reached: RoomsReached): RoomExpirer => ({
  async close({ roomId, commandId: id }) {
    const command = { type: 'expire_room', clock: 'workflow' } as const
    const result = await ownerOrGuest(reached, roomKey(roomId as RoomId), id as CommandId, command)
    if (isGone(result)) return { closed: false, notBeforeMs: null }
    const { closed, not_before_ms: notBeforeMs } = answered(result) as ExpireRoomReply
    return { closed, notBeforeMs }
  },
  async warn({ roomId, commandId: id }) {
    const options = { commandId: id as CommandId, activate: false, deadlineMs: clockDeadlineMs }
    const result = await reached.router.ask(roomKey(roomId as RoomId), { type: 'warn_room' }, options)
    if (!hasNoOwner(result) && !isGone(result)) answered(result)
  },
})
