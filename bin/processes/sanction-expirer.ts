import { AppError } from '../../protocol/errors.ts'
import type { CommandResult } from '../../protocol/cluster/results.ts'
import type { ActorKey, CommandId, RoomId } from '../../protocol/ids.ts'
import { roomKey } from '../../protocol/ids.ts'
import type { ExpireReply } from '../../protocol/room/replies.ts'
import type { ActorRouter } from '../../cluster/routing/port.ts'
import { answered, type SanctionExpirer } from '../../workflows/index.ts'

export interface SanctionExpirerDeps {
  readonly router: Pick<ActorRouter, 'ask'>
  /** Writes for actors that nobody owns. */
  readonly guest: { write(key: ActorKey, id: CommandId, command: unknown): Promise<CommandResult> }
}

/** A room gets so long to answer, ms: the activity is tried again by Temporal. */
const deadlineMs = 3_000

/** Ends sanctions in their rooms: by the owner where there is one, else as a guest in the room's journal. */
export function sanctionExpirer({ router, guest }: SanctionExpirerDeps): SanctionExpirer {
  return {
    async expire({ ref, generation, commandId }) {
      if (ref.scope !== 'room')
        throw new AppError('VALIDATION_FAILED', { problem: `no sanctions of scope ${ref.scope}` })
      const key = roomKey(ref.scopeId as RoomId)
      const id = commandId as CommandId
      const command = {
        type: 'expire',
        kind: ref.kind,
        target_user_id: ref.userId,
        generation,
        clock: 'workflow',
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
