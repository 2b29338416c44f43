import type { ActorRouter } from '../../cluster/routing/port.ts'
import type { CommandResult } from '../../protocol/cluster/results.ts'
import { roomKey, type CommandId, type RoomId, type UserId } from '../../protocol/ids.ts'
import type { RoomCommand } from '../../protocol/room/commands.ts'
import type { ExpireRoomReply } from '../../protocol/room/replies.ts'
import type { Principal } from '../../protocol/room/values.ts'
import { answered, type RaidRooms } from '../../workflows/index.ts'

/** A room gets so long to answer, ms: it may have to be loaded. The activity is tried again by Temporal. */
const deadlineMs = 5_000

/** On whose behalf raids move their rooms: nobody's in person. */
const system: Principal = { user_id: 'system' as UserId, privileges: ['service'] }

/** The way of raids to their rooms: the commands that everybody uses, by the cluster's router. */
export function raidRooms(router: Pick<ActorRouter, 'ask'>): RaidRooms {
  const ask = (roomId: RoomId, command: RoomCommand, commandId: CommandId, region: string | null = null) =>
    router.ask(roomKey(roomId), command, { commandId, deadlineMs, region })
  const isRefused = (result: CommandResult, ...codes: readonly string[]): boolean =>
    result.status === 'rejected' && codes.includes(result.code)
  return {
    async create(roomId, spec, id) {
      const made = await ask(roomId, { type: 'create', by: system, spec }, id, spec.region)
      // Its id follows from the raid: nobody else has made it.
      if (!isRefused(made, 'ROOM_EXISTS')) answered(made)
    },
    async update(roomId, changes, id) {
      answered(await ask(roomId, { type: 'update', by: system, changes }, id))
    },
    async setRole(roomId, user, role, id) {
      const set = await ask(roomId, { type: 'set_role', by: system, target_user_id: user, role }, id)
      // The room was given to them meanwhile: they may everything.
      if (!isRefused(set, 'FORBIDDEN')) answered(set)
    },
    async close(roomId, reason, id) {
      const closed = await ask(roomId, { type: 'close', by: system, reason }, id)
      if (!isRefused(closed, 'ROOM_CLOSED', 'ROOM_NOT_FOUND')) answered(closed)
    },
    async expire(roomId, id) {
      const asked = await ask(roomId, { type: 'expire_room', clock: 'workflow' }, id)
      if (isRefused(asked, 'ROOM_CLOSED', 'ROOM_NOT_FOUND')) return { closed: true, notBeforeMs: null }
      const { closed, not_before_ms: notBeforeMs } = answered(asked) as ExpireRoomReply
      return { closed, notBeforeMs }
    },
  }
}
