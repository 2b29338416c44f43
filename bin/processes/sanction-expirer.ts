import type { CommandResult } from '../../protocol/cluster/results.ts'
import type { ActorKey, CommandId, RoomId } from '../../protocol/ids.ts'
import { roomKey } from '../../protocol/ids.ts'
import type { ExpireReply } from '../../protocol/room/replies.ts'
import { scopeKey } from '../../protocol/sanctions/scope.ts'
import type { ActorRouter } from '../../cluster/routing/port.ts'
import { answered, type SanctionExpirer } from '../../workflows/index.ts'

export interface SanctionExpirerDeps {
  readonly router: Pick<ActorRouter, 'ask'>
  /** Writes for actors that nobody owns. */
  readonly guest: { write(key: ActorKey, id: CommandId, command: unknown): Promise<CommandResult> }
}

/** A room or a scope gets so long to answer, ms: the activity is tried again by Temporal. */
const deadlineMs = 3_000

/** Ends sanctions in their rooms and scopes: by the owner where there is one, else as a guest in the journal. */
export function sanctionExpirer({ router, guest }: SanctionExpirerDeps): SanctionExpirer {
  return {
    async expire({ ref, generation, commandId }, clock = 'workflow') {
      const { scope, scopeId } = ref
      const key = scope === 'room' ? roomKey(scopeId as RoomId) : scopeKey({ scope, scopeId })
      const id = commandId as CommandId
      const command = {
        type: 'expire',
        kind: ref.kind,
        target_user_id: ref.userId,
        generation,
        clock,
      } as const
      const asked = await router.ask(key, command, { commandId: id, activate: false, deadlineMs })
      const hasNoOwner = asked.status === 'retry_after' && asked.code === 'NO_OWNER'
      const result = hasNoOwner ? await guest.write(key, id, command) : asked
      if (result.status === 'rejected' && (result.code === 'ROOM_CLOSED' || result.code === 'ROOM_NOT_FOUND')) {
        return { lifted: false, notBeforeMs: null }
      }
      const { lifted, not_before_ms: notBeforeMs } = answered(result) as ExpireReply
      return { lifted, notBeforeMs }
    },
  }
}
