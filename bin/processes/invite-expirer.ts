import type { CommandId, RoomId } from '../../protocol/ids.ts'
import { roomKey } from '../../protocol/ids.ts'
import type { ExpireInviteReply } from '../../protocol/room/replies.ts'
import { answered, type InviteExpirer } from '../../workflows/index.ts'
import { isGone, ownerOrGuest, type RoomsReached } from './owner-or-guest.ts'

/** Ends invites in their rooms. */
export const inviteExpirer = (reached: RoomsReached): InviteExpirer => ({
  async expire({ inviteId, roomId, commandId: id }, clock = 'workflow') {
    const command = { type: 'expire_invite', invite_id: inviteId, clock } as const
    const result = await ownerOrGuest(reached, roomKey(roomId as RoomId), id as CommandId, command)
    if (isGone(result)) return { expired: false, notBeforeMs: null }
    const { expired, not_before_ms: notBeforeMs } = answered(result) as ExpireInviteReply
    return { expired, notBeforeMs }
  },
})
