import Router from '@koa/router'
import type { Middleware } from 'koa'
import type { RoomRecords } from '../../../persistence/rooms/port.ts'
import { decoder } from '../../../protocol/codec.ts'
import { AppError } from '../../../protocol/errors.ts'
import {
  CreateRoomBody,
  ListRoomsQuery,
  RoomParams,
  UpdateRoomBody,
  type RoomListBody,
} from '../../../protocol/http/rooms.ts'
import type { Random } from '../../../protocol/ports.ts'
import { actingUser, principal } from '../../acting-user.ts'
import type { RoomPasswords } from '../../room-passwords.ts'
import type { Rooms } from '../../rooms.ts'
import { commandIdOf, newRoomIdOf } from '../idempotency.ts'
import { presentRoom, presentRoster, toChanges, toSpec } from '../presenters/room.ts'
import { bodyOf, callerOf, queryOf, type RequestState } from '../request.ts'

export interface RouteDeps {
  readonly rooms: Rooms
  readonly records: RoomRecords
  readonly passwords: RoomPasswords
  readonly random: Random
  readonly authenticated: Middleware<RequestState>
}

const create = decoder(CreateRoomBody)
const update = decoder(UpdateRoomBody)
const list = decoder(ListRoomsQuery)
export const roomParams = decoder(RoomParams)

/** Making, finding, changing and closing rooms. */
export function roomRoutes({ rooms, records, passwords, random, authenticated }: RouteDeps): Router<RequestState> {
  return new Router<RequestState>({ prefix: '/api/v1/rooms' })
    .post('/', authenticated, async (ctx) => {
      const body = await bodyOf(ctx, create)
      const caller = callerOf(ctx)
      const owner = actingUser(caller, body.owner_id)
      const spec = toSpec(body, owner, body.password === undefined ? null : await passwords.hash(body.password))
      const roomId = newRoomIdOf(ctx, random)
      const command = { type: 'create', by: principal(caller), spec } as const
      const { value } = await rooms.ask(roomId, command, {
        commandId: commandIdOf(ctx, random),
        region: spec.region,
      })
      ctx.status = 201
      ctx.set('Location', `/api/v1/rooms/${value.room_id}`)
      ctx.body = value
    })
    .get('/', authenticated, async (ctx) => {
      const query = queryOf(ctx, list)
      const { userId, privileges } = callerOf(ctx)
      const filter = {
        ...(query.room_type === undefined ? {} : { roomType: query.room_type }),
        ...(query.region === undefined ? {} : { region: query.region }),
        ...(query.owner_id === undefined ? {} : { ownerId: query.owner_id }),
        ...(query.status === undefined ? {} : { status: query.status }),
        visibleTo: privileges.length > 0 ? ('all' as const) : userId,
      }
      const page = await readable(() => records.list(filter, Number(query.limit ?? 50), query.cursor ?? null))
      ctx.body = { rooms: page.rooms, next_cursor: page.nextCursor } satisfies RoomListBody
    })
    .get('/:roomId', authenticated, async (ctx) => {
      const { roomId } = roomParams(ctx.params)
      const command = { type: 'view', as: principal(callerOf(ctx)) } as const
      const { value, at } = await rooms.ask(roomId, command, { commandId: commandIdOf(ctx, random) })
      ctx.body = presentRoom(value, at)
    })
    .get('/:roomId/participants', authenticated, async (ctx) => {
      const { roomId } = roomParams(ctx.params)
      const command = { type: 'view', as: principal(callerOf(ctx)) } as const
      const { value, at } = await rooms.ask(roomId, command, { commandId: commandIdOf(ctx, random) })
      ctx.body = presentRoster(value, at)
    })
    .patch('/:roomId', authenticated, async (ctx) => {
      const { roomId } = roomParams(ctx.params)
      const body = await bodyOf(ctx, update)
      const hash = typeof body.password === 'string' ? await passwords.hash(body.password) : body.password
      const command = { type: 'update', by: principal(callerOf(ctx)), changes: toChanges(body, hash) } as const
      const { value } = await rooms.ask(roomId, command, { commandId: commandIdOf(ctx, random) })
      ctx.body = value
    })
    .delete('/:roomId', authenticated, async (ctx) => {
      const { roomId } = roomParams(ctx.params)
      const command = { type: 'close', by: principal(callerOf(ctx)), reason: '' } as const
      await rooms.ask(roomId, command, { commandId: commandIdOf(ctx, random) })
      ctx.status = 204
    })
}

/** A record that cannot be read right now is a reason to come again; a cursor that is not ours stays the caller's fault. */
async function readable<Value>(read: () => Promise<Value>): Promise<Value> {
  try {
    return await read()
  } catch (cause) {
    throw cause instanceof AppError ? cause : new AppError('RETRY_LATER', undefined, { cause })
  }
}
