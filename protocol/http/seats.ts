import { Type, type Static } from '@sinclair/typebox'
import { SessionId, UserId } from '../ids.ts'
import { MessageType, Username } from '../room/values.ts'
import { strict } from '../tagged-union.ts'
import { Password } from './rooms.ts'

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
  message_type: MessageType,
  sdp: Type.Optional(Type.String({ maxLength: 14_000 })),
  candidate: Type.Optional(Type.String({ maxLength: 2_000 })),
  sdp_mid: Type.Optional(Type.String({ maxLength: 64 })),
  sdp_mline_index: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })),
})
export type SignalingBody = Static<typeof SignalingBody>
