import { Type, type Static } from '@sinclair/typebox'
import { SessionId, UserId } from '../ids.ts'
import { SignalSeq } from '../room/commands.ts'
import { signalBody } from '../room/signal-body.ts'
import { Role, Username } from '../room/values.ts'
import { RoomSnapshotView } from '../room/view.ts'
import { RoomIce } from '../client/ice.ts'
import { strict } from '../tagged-union.ts'
import { endpoint } from './endpoint.ts'
import { Password, positionFields, RoomParams } from './rooms.ts'

/*
 * Seats and what their holders send one another. The acting user is the caller where the body names none; naming another
 * one is refused unless the token carries the service role.
 */

/** `POST /api/v1/rooms/{roomId}/join`. `username` is the token's name where absent. */
export const JoinBody = strict({
  user_id: Type.Optional(UserId),
  username: Type.Optional(Username),
  password: Type.Optional(Password),
})
export type JoinBody = Static<typeof JoinBody>

/** `POST /api/v1/rooms/{roomId}/leave`. */
export const LeaveBody = strict({ user_id: Type.Optional(UserId) })
export type LeaveBody = Static<typeof LeaveBody>

/** `POST /api/v1/rooms/{roomId}/signaling`. `session_id` is the sender's seat. */
export const SignalingBody = strict({
  session_id: SessionId,
  from_user: Type.Optional(UserId),
  to_user: UserId,
  ...signalBody,
})
export type SignalingBody = Static<typeof SignalingBody>

/** The seat, and the room as it is with it. */
export const SeatBody = strict({
  session_id: SessionId,
  role: Role,
  ...RoomSnapshotView.properties,
  ...positionFields,
  ice: RoomIce,
})
export type SeatBody = Static<typeof SeatBody>

/** The seat that was given up. */
export const LeftBody = strict({ session_id: SessionId, user_id: UserId })
export type LeftBody = Static<typeof LeftBody>

/**
 * `connected` false: nobody carries the receiving seat right now; the message is kept until somebody does. `dropped_candidates`: so many were left
 * out, since the room takes relayed ones alone.
 */
export const SignaledBody = strict({
  delivered_to: SessionId,
  connected: Type.Boolean(),
  dropped_candidates: Type.Integer({ minimum: 0 }),
  /** The number under which the receiver hears it. */
  signal_seq: SignalSeq,
})
export type SignaledBody = Static<typeof SignaledBody>

export const joinRoom = endpoint({
  name: 'seats.join',
  method: 'POST',
  path: '/api/v1/rooms/{roomId}/join',
  summary: 'Take a seat',
  auth: 'token',
  limit: 'rest',
  params: RoomParams,
  body: JoinBody,
  status: 200,
  reply: SeatBody,
  example: { body: { username: 'Ann' } },
  errors: [
    'ROOM_NOT_FOUND',
    'ROOM_CLOSED',
    'ROOM_FULL',
    'BANNED',
    'ALREADY_IN_ROOM',
    'PASSWORD_REQUIRED',
    'PASSWORD_WRONG',
    'ACTING_USER_MISMATCH',
  ],
})

export const leaveRoom = endpoint({
  name: 'seats.leave',
  method: 'POST',
  path: '/api/v1/rooms/{roomId}/leave',
  summary: 'Give a seat up',
  auth: 'token',
  limit: 'rest',
  params: RoomParams,
  body: LeaveBody,
  status: 200,
  reply: LeftBody,
  errors: ['ROOM_NOT_FOUND', 'ROOM_CLOSED', 'PARTICIPANT_NOT_FOUND', 'ACTING_USER_MISMATCH'],
})

export const signalParticipant = endpoint({
  name: 'seats.signal',
  method: 'POST',
  path: '/api/v1/rooms/{roomId}/signaling',
  summary: 'Hand a WebRTC message to another participant',
  auth: 'token',
  limit: 'signaling',
  params: RoomParams,
  body: SignalingBody,
  status: 202,
  reply: SignaledBody,
  errors: [
    'SIGNAL_INVALID',
    'ROOM_NOT_FOUND',
    'ROOM_CLOSED',
    'SESSION_NOT_FOUND',
    'PARTICIPANT_NOT_FOUND',
    'NOT_LINKED',
    'ACTING_USER_MISMATCH',
  ],
})

export const seatEndpoints = [joinRoom, leaveRoom, signalParticipant] as const
