import type { ActorRouter } from '../../cluster/routing/port.ts'
import { commandId, roomKey } from '../../protocol/ids.ts'
import type { Random } from '../../protocol/ports.ts'
import { answered, type RoomTeller } from '../../workflows/index.ts'
import { isGone } from './owner-or-guest.ts'

export interface RoomTellerDeps {
  readonly router: Pick<ActorRouter, 'ask'>
  readonly random: Random
}

/** A room gets so long to answer, ms: it is told again by and by. */
const deadlineMs = 3_000

/**
 * Tells rooms what stands on somebody beyond them. A room that nobody has in memory is loaded for it, since somebody has a seat there. A
 * guest's write would spare that, but where Redis has lost its owner's claim it passes that one by, who then goes on with what the room
 * was until its next own write.
 */
export const roomTeller = ({ router, random }: RoomTellerDeps): RoomTeller => ({
  async tell(userId, { roomId, sanctions }) {
    // One of its own each time: what is told again may be something else.
    const id = commandId(`spread:${userId}`, random.uuid())
    const command = { type: 'know_wider', user_id: userId, wider: sanctions } as const
    const result = await router.ask(roomKey(roomId), command, { commandId: id, deadlineMs })
    // Nobody is in a room that is no more.
    if (isGone(result)) return
    answered(result)
  },
})
