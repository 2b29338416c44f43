import type { RoomFilter, RoomRecords } from '../../../persistence/rooms/port.ts'
import {
  closeRoom,
  createRoom,
  listRooms,
  readRoom,
  readRoster,
  updateRoom,
  type ListRoomsQuery,
} from '../../../protocol/http/rooms.ts'
import type { Random } from '../../../protocol/ports.ts'
import { actingUser, principal } from '../../acting-user.ts'
import type { Caller } from '../../auth/index.ts'
import type { Ice } from '../../ice.ts'
import type { RoomPasswords } from '../../room-passwords.ts'
import { LinkedRooms } from '../../linked-rooms.ts'
import { readable } from '../../readable.ts'
import type { Rooms } from '../../rooms.ts'
import { bind, type Route } from '../bind.ts'
import { commandIdOf, newRoomIdOf } from '../idempotency.ts'
import { presentRoom, presentRoster, toChanges, toSpec } from '../presenters/room.ts'

export interface RouteDeps {
  readonly rooms: Rooms
  readonly records: RoomRecords
  readonly passwords: RoomPasswords
  readonly random: Random
  readonly ice: Ice
}

/** Making, finding, changing and closing rooms. */
export const roomRoutes = ({ rooms, records, passwords, random, ice }: RouteDeps): readonly Route[] => {
  const linked = new LinkedRooms(rooms, random)
  return [
    bind(createRoom, async ({ ctx, caller, body }) => {
      const owner = actingUser(caller, body.owner_id)
      ice.mindSettings(body.settings)
      await linked.mindParent(body.parent_room_id, caller)
      const spec = toSpec(body, owner, body.password === undefined ? null : await passwords.hash(body.password))
      const command = { type: 'create', by: principal(caller), spec } as const
      const { value } = await rooms.ask(newRoomIdOf(ctx, random), command, {
        commandId: commandIdOf(ctx, random),
        region: spec.region,
      })
      ctx.set('Location', `/api/v1/rooms/${value.room_id}`)
      return value
    }),
    bind(listRooms, async ({ caller, query }) => {
      const leads = await linked.leads(query.parent_room_id, caller)
      const filter: RoomFilter = { ...filterOf(query, caller), ...(leads ? { visibleTo: 'all' } : {}) }
      const page = await readable(() => records.list(filter, Number(query.limit ?? 50), query.cursor ?? null))
      return { rooms: page.rooms, next_cursor: page.nextCursor }
    }),
    bind(readRoom, async ({ ctx, caller, params }) => {
      const command = { type: 'view', as: principal(caller) } as const
      const { value, at } = await rooms.ask(params.roomId, command, { commandId: commandIdOf(ctx, random) })
      return presentRoom(value, at)
    }),
    bind(readRoster, async ({ ctx, caller, params }) => {
      const command = { type: 'view', as: principal(caller) } as const
      const { value, at } = await rooms.ask(params.roomId, command, { commandId: commandIdOf(ctx, random) })
      return presentRoster(value, at)
    }),
    bind(updateRoom, async ({ ctx, caller, params, body }) => {
      ice.mindSettings(body.settings)
      await linked.mindParent(body.parent_room_id, caller)
      const hash = typeof body.password === 'string' ? await passwords.hash(body.password) : body.password
      const command = { type: 'update', by: principal(caller), changes: toChanges(body, hash) } as const
      const { value } = await rooms.ask(params.roomId, command, { commandId: commandIdOf(ctx, random) })
      return value
    }),
    bind(closeRoom, async ({ ctx, caller, params }) => {
      const command = { type: 'close', by: principal(caller), reason: '' } as const
      await rooms.ask(params.roomId, command, { commandId: commandIdOf(ctx, random) })
      return undefined
    }),
  ]
}

const filterOf = (query: ListRoomsQuery, { userId, privileges, guilds }: Caller): RoomFilter => ({
  ...(query.room_type === undefined ? {} : { roomType: query.room_type }),
  ...(query.region === undefined ? {} : { region: query.region }),
  ...(query.owner_id === undefined ? {} : { ownerId: query.owner_id }),
  ...(query.status === undefined ? {} : { status: query.status }),
  ...(query.guild_id === undefined ? {} : { guildId: query.guild_id }),
  ...(query.game_server_id === undefined ? {} : { gameServerId: query.game_server_id }),
  ...(query.parent_room_id === undefined ? {} : { parentRoomId: query.parent_room_id }),
  ...(query.has_password === undefined ? {} : { hasPassword: query.has_password === 'true' }),
  ...(query.name === undefined ? {} : { name: query.name }),
  ...(query.sort === undefined ? {} : { sort: query.sort }),
  visibleTo: privileges.length > 0 ? 'all' : userId,
  ...(guilds.length === 0 ? {} : { guilds: guilds.map(({ id }) => id) }),
})
