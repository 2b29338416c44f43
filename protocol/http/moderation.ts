import { Type, type Static } from '@sinclair/typebox'
import { RoomId, UserId } from '../ids.ts'
import { Reason } from '../room/values.ts'
import { strict } from '../tagged-union.ts'

export const ParticipantParams = strict({ roomId: RoomId, userId: UserId })
export type ParticipantParams = Static<typeof ParticipantParams>

/** `POST /api/v1/rooms/{roomId}/participants/{userId}/mute`. */
export const MuteBody = strict({
  requester_id: Type.Optional(UserId),
  /** Where it stands, it has to be the user of the path. */
  target_user_id: Type.Optional(UserId),
  /** False lifts the mute. True where absent. */
  mute: Type.Optional(Type.Boolean()),
  /** Seconds, up to ten years; absent is permanent. */
  duration: Type.Optional(Type.Integer({ minimum: 1, maximum: 315_360_000 })),
  reason: Type.Optional(Reason),
})
export type MuteBody = Static<typeof MuteBody>

/** `POST /api/v1/rooms/{roomId}/participants/{userId}/unmute`. */
export const UnmuteBody = strict({
  requester_id: Type.Optional(UserId),
  target_user_id: Type.Optional(UserId),
  reason: Type.Optional(Reason),
})
export type UnmuteBody = Static<typeof UnmuteBody>
