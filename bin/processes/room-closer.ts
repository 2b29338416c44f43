import type { ActorRouter } from '../../cluster/routing/port.ts'
import type { CommandResult } from '../../protocol/cluster/results.ts'
import { commandId, roomKey, type ActorKey, type CommandId } from '../../protocol/ids.ts'
import type { ExpireRoomReply } from '../../protocol/room/replies.ts'
import { answered, type RoomCloser } from '../../workflows/index.ts'

export interface RoomCloserDeps {
  readonly router: Pick<ActorRouter, 'ask'>
  /** Writes for actors that nobody owns. */
  readonly guest: { write(key: ActorKey, id: CommandId, command: unknown): Promise<CommandResult> }
}

/** A room gets so long to answer, ms: the next round asks again. */
const deadlineMs = 3_000

/** Has overdue rooms close themselves: by the owner where there is one, else as a guest in the room's journal. */
export function roomCloser({ router, guest }: RoomCloserDeps): RoomCloser {
  return {
    async expire({ roomId, closesAtMs }) {
      const key = roomKey(roomId)
      // The same from every sweep, so that one of two that come at once is answered with the other's outcome.
      const id = commandId(`sweep:${roomId}`, closesAtMs)
      const command = { type: 'expire_room', clock: 'sweep' } as const
      const asked = await router.ask(key, command, { commandId: id, activate: false, deadlineMs })
      const hasNoOwner = asked.status === 'retry_after' && asked.code === 'NO_OWNER'
      const result = hasNoOwner ? await guest.write(key, id, command) : asked
      // Somebody was first.
      if (result.status === 'rejected' && result.code === 'ROOM_CLOSED') return { closed: false }
      const { closed } = answered(result) as ExpireRoomReply
      return { closed }
    },
  }
}
