import { roomKey, type ActorKey, type CommandId, type RoomId } from '../../protocol/ids.ts'
import type { ExpireReply } from '../../protocol/room/replies.ts'
import { scopeKey } from '../../protocol/sanctions/scope.ts'
import type { SanctionRef } from '../../protocol/workflows.ts'
import { zoneKey, type ZoneId } from '../../protocol/zone/plan.ts'
import { answered, type SanctionExpirer } from '../../workflows/index.ts'
import { isGone, ownerOrGuest, type RoomsReached } from './owner-or-guest.ts'

/** Ends sanctions in their rooms, zones and scopes. */
export const sanctionExpirer = (reached: RoomsReached): SanctionExpirer => ({
  async expire({ ref, generation, commandId: id }, clock = 'workflow') {
    const key = keyOf(ref)
    const command = { type: 'expire', kind: ref.kind, target_user_id: ref.userId, generation, clock } as const
    const result = await ownerOrGuest(reached, key, id as CommandId, command)
    if (isGone(result)) return { lifted: false, notBeforeMs: null }
    const { lifted, not_before_ms: notBeforeMs } = answered(result) as ExpireReply
    return { lifted, notBeforeMs }
  },
})

/** The actor that holds the sanction. */
function keyOf({ scope, scopeId }: SanctionRef): ActorKey {
  if (scope === 'room') return roomKey(scopeId as RoomId)
  return scope === 'zone' ? zoneKey(scopeId as ZoneId) : scopeKey({ scope, scopeId })
}
