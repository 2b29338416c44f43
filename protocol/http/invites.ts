import { Type, type Static } from '@sinclair/typebox'
import { InviteId, RoomId, UserId } from '../ids.ts'
import {
  AcceptedInvite,
  CreatedInvite,
  InviteList,
  InviteMaxUses,
  InvitePreview,
  InviteToken,
  InviteTtlS,
} from '../room/invites.ts'
import { GivenRole } from '../room/roles.ts'
import { Reason } from '../room/values.ts'
import { list } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import { endpoint } from './endpoint.ts'
import { RoomParams } from './rooms.ts'

export const InviteTokenParams = strict({ token: InviteToken })
export const InviteParams = strict({ roomId: RoomId, inviteId: InviteId })

/** `POST /api/v1/rooms/{roomId}/invites`. */
export const CreateInviteBody = strict({
  inviter_id: Type.Optional(UserId),
  /** Absent: whoever has the token. */
  invitee_id: Type.Optional(UserId),
  /** `member` where absent. */
  role: Type.Optional(GivenRole),
  /** 1 where absent. */
  max_uses: Type.Optional(InviteMaxUses),
  /** Seconds, a day where absent. */
  ttl: Type.Optional(InviteTtlS),
  message: Type.Optional(Reason),
})
export type CreateInviteBody = Static<typeof CreateInviteBody>

export const RedeemBody = strict({ user_id: Type.Optional(UserId) })

export const MyInvites = strict({ invites: list(InvitePreview) })

const redeemErrors = [
  'INVITE_NOT_FOUND',
  'INVITE_NOT_FOR_YOU',
  'INVITE_EXPIRED',
  'INVITE_REVOKED',
  'INVITE_USED_UP',
  'ROOM_CLOSED',
  'ACTING_USER_MISMATCH',
] as const

export const createInvite = endpoint({
  name: 'invites.create',
  method: 'POST',
  path: '/api/v1/rooms/{roomId}/invites',
  summary: 'Invite people to a room',
  auth: 'token',
  limit: 'rest',
  params: RoomParams,
  body: CreateInviteBody,
  status: 201,
  reply: CreatedInvite,
  errors: ['ROOM_NOT_FOUND', 'ROOM_CLOSED', 'FORBIDDEN', 'ACTING_USER_MISMATCH', 'TOO_MANY_INVITES'],
})

export const listInvites = endpoint({
  name: 'invites.list',
  method: 'GET',
  path: '/api/v1/rooms/{roomId}/invites',
  summary: 'List the invites of a room',
  auth: 'token',
  limit: 'rest',
  params: RoomParams,
  status: 200,
  reply: InviteList,
  errors: ['ROOM_NOT_FOUND', 'ROOM_CLOSED'],
})

export const revokeInvite = endpoint({
  name: 'invites.revoke',
  method: 'DELETE',
  path: '/api/v1/rooms/{roomId}/invites/{inviteId}',
  summary: 'Take an invite back',
  auth: 'token',
  limit: 'rest',
  params: InviteParams,
  status: 204,
  errors: ['ROOM_NOT_FOUND', 'ROOM_CLOSED', 'FORBIDDEN', 'INVITE_NOT_FOUND'],
})

export const previewInvite = endpoint({
  name: 'invites.preview',
  method: 'GET',
  path: '/api/v1/invites/{token}',
  summary: 'Look at an invite before accepting it',
  auth: 'token',
  limit: 'rest',
  params: InviteTokenParams,
  status: 200,
  reply: InvitePreview,
  errors: redeemErrors,
})

export const acceptInvite = endpoint({
  name: 'invites.accept',
  method: 'POST',
  path: '/api/v1/invites/{token}/accept',
  summary: 'Accept an invite',
  auth: 'token',
  limit: 'rest',
  params: InviteTokenParams,
  body: RedeemBody,
  status: 200,
  reply: AcceptedInvite,
  errors: [...redeemErrors, 'BANNED', 'TOO_MANY_ROLES'],
})

export const rejectInvite = endpoint({
  name: 'invites.reject',
  method: 'POST',
  path: '/api/v1/invites/{token}/reject',
  summary: 'Turn an invite down',
  auth: 'token',
  limit: 'rest',
  params: InviteTokenParams,
  body: RedeemBody,
  status: 204,
  errors: redeemErrors,
})

export const myInvites = endpoint({
  name: 'invites.mine',
  method: 'GET',
  path: '/api/v1/users/me/invites',
  summary: 'List the open invites that name the caller',
  auth: 'token',
  limit: 'rest',
  status: 200,
  reply: MyInvites,
})

export const inviteEndpoints = [
  createInvite,
  listInvites,
  revokeInvite,
  previewInvite,
  acceptInvite,
  rejectInvite,
  myInvites,
] as const
