import type { CommandId, RoomId } from '../../protocol/ids.ts'
import { roomKey } from '../../protocol/ids.ts'
import type { ExpireReply } from '../../protocol/room/replies.ts'
import { scopeKey } from '../../protocol/sanctions/scope.ts'
import { answered, type SanctionExpirer } from '../../workflows/index.ts'
import { isGone, ownerOrGuest, type RoomsReached } from './owner-or-guest.ts'

/** Ends sanctions in their rooms and scopes. */
export const sanctionExpirer = (reached: RoomsReached): SanctionExpirer => ({
  async expire({ ref, generation, commandId: id }, clock = 'workflow') {
    const { scope, scopeId } = ref
    const key = scope === 'room' ? roomKey(scopeId as RoomId) : scopeKey({ scope, scopeId })
    const command = { type: 'expire', kind: ref.kind, target_user_id: ref.userId, generation, clock } as const
    const result = await ownerOrGuest(reached, key, id as CommandId, command)
    if (isGone(result)) return { lifted: false, notBeforeMs: null }
    const { lifted, not_before_ms: notBeforeMs } = answered(result) as ExpireReply
    return { lifted, notBeforeMs }
  },
})
