import { Type, type Static } from '@sinclair/typebox'
import { RoomId, UserId } from '../ids.ts'
import { PermissionOverrides } from '../room/permissions.ts'
import { RoomSettings } from '../room/settings.ts'
import { Description, FreeForm, GameId, QualityPreset, Region, RoomName, RoomType } from '../room/values.ts'
import { ParticipantView, RoomSnapshotView, RoomView, SanctionView } from '../room/view.ts'
import { IsoTime, list, nullable, oneOf } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import { endpoint } from './endpoint.ts'

/** The plain password of a room, as callers send it. Only its hash goes further than the gateway. */
export const Password = Type.String({ minLength: 1, maxLength: 1_024 })

const MaxParticipants = Type.Integer({ minimum: 1, maximum: 50_000 })

export const RoomParams = strict({ roomId: RoomId })
export type RoomParams = Static<typeof RoomParams>

/**
 * `POST /api/v1/rooms`. Everything but the name has a default, mostly by the type of room; `owner_id` is the caller where absent.
 */
export const CreateRoomBody = strict({
  name: RoomName,
  owner_id: Type.Optional(UserId),
  description: Type.Optional(Description),
  room_type: Type.Optional(RoomType),
  max_participants: Type.Optional(MaxParticipants),
  quality_preset: Type.Optional(QualityPreset),
  is_private: Type.Optional(Type.Boolean()),
  is_temporary: Type.Optional(Type.Boolean()),
  is_moderated: Type.Optional(Type.Boolean()),
  allow_recording: Type.Optional(Type.Boolean()),
  password: Type.Optional(Password),
  region: Type.Optional(Region),
  game_server_id: Type.Optional(GameId),
  guild_id: Type.Optional(GameId),
  /** From where those with the permission `broadcast` may speak into this room. The caller needs `update_room` there. */
  parent_room_id: Type.Optional(RoomId),
  /** ISO 8601 with an offset, in the future. */
  scheduled_end_at: Type.Optional(IsoTime),
  settings: Type.Optional(RoomSettings),
  permissions: Type.Optional(PermissionOverrides),
  metadata: Type.Optional(FreeForm),
})
export type CreateRoomBody = Static<typeof CreateRoomBody>

/** `PATCH /api/v1/rooms/{roomId}`. Null takes the password, the end or the parent away. */
export const UpdateRoomBody = Type.Object(
  {
    name: Type.Optional(RoomName),
    description: Type.Optional(Description),
    max_participants: Type.Optional(MaxParticipants),
    quality_preset: Type.Optional(QualityPreset),
    is_private: Type.Optional(Type.Boolean()),
    is_moderated: Type.Optional(Type.Boolean()),
    allow_recording: Type.Optional(Type.Boolean()),
    password: Type.Optional(
      Type.Unsafe<string | null>({ type: ['string', 'null'], minLength: 1, maxLength: Password.maxLength }),
    ),
    scheduled_end_at: Type.Optional(nullable(IsoTime)),
    parent_room_id: Type.Optional(nullable(RoomId)),
    settings: Type.Optional(RoomSettings),
    permissions: Type.Optional(PermissionOverrides),
    metadata: Type.Optional(FreeForm),
  },
  { additionalProperties: false, minProperties: 1 },
)
export type UpdateRoomBody = Static<typeof UpdateRoomBody>

/** `GET /api/v1/rooms`. A query has strings only; `limit` is 1-100, 50 where absent. */
export const ListRoomsQuery = strict({
  room_type: Type.Optional(RoomType),
  region: Type.Optional(Region),
  owner_id: Type.Optional(UserId),
  status: Type.Optional(oneOf(['active', 'closed'])),
  guild_id: Type.Optional(GameId),
  game_server_id: Type.Optional(GameId),
  /** Rooms linked to that one. Who may speak into them from there, with a seat there, sees private ones too. */
  parent_room_id: Type.Optional(RoomId),
  has_password: Type.Optional(oneOf(['true', 'false'])),
  /** The beginning of the name, in small or capital letters. */
  name: Type.Optional(RoomName),
  /** `newest` where absent. */
  sort: Type.Optional(oneOf(['newest', 'participants'])),
  limit: Type.Optional(Type.String({ pattern: '^([1-9][0-9]?|100)$' })),
  cursor: Type.Optional(Type.String({ minLength: 1, maxLength: 512 })),
})
export type ListRoomsQuery = Static<typeof ListRoomsQuery>

/** Given back as `cursor` for the next page; null on the last. */
export const NextCursor = Type.Unsafe<string | null>({ type: ['string', 'null'] })

export const RoomListBody = strict({ rooms: list(RoomView), next_cursor: NextCursor })
export type RoomListBody = Static<typeof RoomListBody>

/** Where in the room's life an answer stands, as on the socket. */
export const positionFields = {
  epoch: Type.Integer({ minimum: 0 }),
  seq: Type.Integer({ minimum: 0 }),
}

const rosterFields = {
  participants: list(ParticipantView),
  sanctions: list(SanctionView),
  stage: RoomSnapshotView.properties.stage,
  mesh: RoomSnapshotView.properties.mesh,
  ...positionFields,
}

/** The room object with who is in it. */
export const RoomBody = strict({ ...RoomView.properties, ...rosterFields })
export type RoomBody = Static<typeof RoomBody>

export const RosterBody = strict(rosterFields)
export type RosterBody = Static<typeof RosterBody>

export const createRoom = endpoint({
  name: 'rooms.create',
  method: 'POST',
  path: '/api/v1/rooms',
  summary: 'Make a room',
  auth: 'token',
  limit: 'rest',
  body: CreateRoomBody,
  status: 201,
  reply: RoomView,
  errors: ['ACTING_USER_MISMATCH', 'ROOM_EXISTS', 'ROOM_NOT_FOUND', 'FORBIDDEN'],
  example: { body: { name: 'Raid night', room_type: 'raid', max_participants: 40 } },
})

export const listRooms = endpoint({
  name: 'rooms.list',
  method: 'GET',
  path: '/api/v1/rooms',
  summary: 'List rooms, newest or fullest first',
  auth: 'token',
  limit: 'rest',
  query: ListRoomsQuery,
  status: 200,
  reply: RoomListBody,
})

export const readRoom = endpoint({
  name: 'rooms.read',
  method: 'GET',
  path: '/api/v1/rooms/{roomId}',
  summary: 'Read a room and who is in it',
  auth: 'token',
  limit: 'rest',
  params: RoomParams,
  status: 200,
  reply: RoomBody,
  errors: ['ROOM_NOT_FOUND'],
})

export const readRoster = endpoint({
  name: 'rooms.participants',
  method: 'GET',
  path: '/api/v1/rooms/{roomId}/participants',
  summary: 'Read who is in a room',
  auth: 'token',
  limit: 'rest',
  params: RoomParams,
  status: 200,
  reply: RosterBody,
  errors: ['ROOM_NOT_FOUND'],
})

export const updateRoom = endpoint({
  name: 'rooms.update',
  method: 'PATCH',
  path: '/api/v1/rooms/{roomId}',
  summary: 'Change a room',
  auth: 'token',
  limit: 'rest',
  params: RoomParams,
  body: UpdateRoomBody,
  status: 200,
  reply: RoomView,
  errors: ['ROOM_NOT_FOUND', 'ROOM_CLOSED', 'FORBIDDEN'],
  example: { body: { max_participants: 60, password: null } },
})

export const closeRoom = endpoint({
  name: 'rooms.close',
  method: 'DELETE',
  path: '/api/v1/rooms/{roomId}',
  summary: 'Close a room',
  auth: 'token',
  limit: 'rest',
  params: RoomParams,
  status: 204,
  errors: ['ROOM_NOT_FOUND', 'ROOM_CLOSED', 'FORBIDDEN'],
})

export const roomEndpoints = [createRoom, listRooms, readRoom, readRoster, updateRoom, closeRoom] as const
