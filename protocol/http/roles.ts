import { Type, type Static } from '@sinclair/typebox'
import { UserId } from '../ids.ts'
import { GivenRole } from '../room/roles.ts'
import { Role } from '../room/values.ts'
import { RoomView } from '../room/view.ts'
import { nullable } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import { endpoint } from './endpoint.ts'
import { ParticipantParams } from './moderation.ts'
import { positionFields, RoomParams } from './rooms.ts'

/** `PUT /api/v1/rooms/{roomId}/participants/{userId}/role`. Null takes away what was given. */
export const SetRoleBody = strict({ requester_id: Type.Optional(UserId), role: nullable(GivenRole) })
export type SetRoleBody = Static<typeof SetRoleBody>

/** `POST /api/v1/rooms/{roomId}/owner`. */
export const TransferBody = strict({ requester_id: Type.Optional(UserId), target_user_id: UserId })
export type TransferBody = Static<typeof TransferBody>

/** The role that holds for the user now. */
export const RoleBody = strict({ user_id: UserId, role: Role, ...positionFields })
export type RoleBody = Static<typeof RoleBody>

export const setRole = endpoint({
  name: 'roles.set',
  method: 'PUT',
  path: '/api/v1/rooms/{roomId}/participants/{userId}/role',
  summary: 'Give a user a role in a room, or take it away',
  auth: 'token',
  limit: 'rest',
  params: ParticipantParams,
  body: SetRoleBody,
  status: 200,
  reply: RoleBody,
  errors: ['ROOM_NOT_FOUND', 'ROOM_CLOSED', 'FORBIDDEN', 'ACTING_USER_MISMATCH', 'TOO_MANY_ROLES'],
})

export const transferOwnership = endpoint({
  name: 'roles.transfer',
  method: 'POST',
  path: '/api/v1/rooms/{roomId}/owner',
  summary: 'Make somebody else the owner of a room',
  auth: 'token',
  limit: 'rest',
  params: RoomParams,
  body: TransferBody,
  status: 200,
  reply: RoomView,
  errors: [
    'ROOM_NOT_FOUND',
    'ROOM_CLOSED',
    'FORBIDDEN',
    'ACTING_USER_MISMATCH',
    'PARTICIPANT_NOT_FOUND',
    'TOO_MANY_ROLES',
  ],
})

export const roleEndpoints = [setRole, transferOwnership] as const
