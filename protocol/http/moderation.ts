import { Type, type Static } from '@sinclair/typebox'
import { RoomId, UserId } from '../ids.ts'
import { nullable, IsoTime } from '../schema.ts'
import { Reason, SanctionKind } from '../room/values.ts'
import { strict } from '../tagged-union.ts'
import { endpoint } from './endpoint.ts'
import { positionFields } from './rooms.ts'

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

/** What stands now; `until` is absent where something was lifted. */
export const SanctionBody = strict({
  kind: SanctionKind,
  user_id: UserId,
  generation: Type.Integer({ minimum: 1 }),
  until: Type.Optional(nullable(IsoTime)),
  ...positionFields,
})
export type SanctionBody = Static<typeof SanctionBody>

export const muteParticipant = endpoint({
  name: 'moderation.mute',
  method: 'POST',
  path: '/api/v1/rooms/{roomId}/participants/{userId}/mute',
  summary: 'Mute a user in a room, for a time or for good, or lift the mute',
  auth: 'token',
  limit: 'rest',
  params: ParticipantParams,
  body: MuteBody,
  status: 200,
  reply: SanctionBody,
  errors: [
    'ROOM_NOT_FOUND',
    'ROOM_CLOSED',
    'FORBIDDEN',
    'ACTING_USER_MISMATCH',
    'TOO_MANY_SANCTIONS',
    'NOT_SANCTIONED',
  ],
})

export const unmuteParticipant = endpoint({
  name: 'moderation.unmute',
  method: 'POST',
  path: '/api/v1/rooms/{roomId}/participants/{userId}/unmute',
  summary: 'Lift the mute of a user in a room',
  auth: 'token',
  limit: 'rest',
  params: ParticipantParams,
  body: UnmuteBody,
  status: 200,
  reply: SanctionBody,
  errors: ['ROOM_NOT_FOUND', 'ROOM_CLOSED', 'FORBIDDEN', 'ACTING_USER_MISMATCH', 'NOT_SANCTIONED'],
})

export const moderationEndpoints = [muteParticipant, unmuteParticipant] as const
