import { Type, type Static } from '@sinclair/typebox'
import type { ErrorCode } from '../errors.ts'
import { RoomId, SessionId, UserId } from '../ids.ts'
import { DurationS } from '../room/moderation.ts'
import { Evidence, Reason, SanctionKind } from '../room/values.ts'
import { nullable, IsoTime } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import { endpoint } from './endpoint.ts'
import { positionFields, RoomParams } from './rooms.ts'

export const ParticipantParams = strict({ roomId: RoomId, userId: UserId })
export type ParticipantParams = Static<typeof ParticipantParams>

const aboutFields = {
  requester_id: Type.Optional(UserId),
  reason: Type.Optional(Reason),
  evidence: Type.Optional(Evidence),
}
/** Where it stands, it has to be the user of the path. */
const target = { target_user_id: Type.Optional(UserId) }
/** Seconds, up to ten years; absent is permanent, or of a kick: none. */
const duration = { duration: Type.Optional(DurationS) }

/** `POST /api/v1/rooms/{roomId}/participants/{userId}/mute`. */
export const MuteBody = strict({
  ...aboutFields,
  ...target,
  ...duration,
  /** False lifts the mute. True where absent. */
  mute: Type.Optional(Type.Boolean()),
})
export type MuteBody = Static<typeof MuteBody>

/** What puts a sanction on a user, or ends their seat. */
export const SanctionUserBody = strict({ ...aboutFields, ...target, ...duration })
export type SanctionUserBody = Static<typeof SanctionUserBody>

/** What lifts a sanction of a user. */
export const LiftUserBody = strict({ ...aboutFields, ...target })
export type LiftUserBody = Static<typeof LiftUserBody>

/** `POST /api/v1/rooms/{roomId}/mute-all`. */
export const MuteAllBody = strict({ ...aboutFields, ...duration })
/** `POST /api/v1/rooms/{roomId}/unmute-all`. */
export const UnmuteAllBody = strict(aboutFields)

/** What stands now; `until` is absent where something was lifted. */
export const SanctionBody = strict({
  kind: SanctionKind,
  user_id: UserId,
  generation: Type.Integer({ minimum: 1 }),
  until: Type.Optional(nullable(IsoTime)),
  ...positionFields,
})
export type SanctionBody = Static<typeof SanctionBody>

/** The seat that ended, and whether and until when the user stays out. */
export const KickedBody = strict({
  user_id: UserId,
  session_id: nullable(SessionId),
  until: nullable(IsoTime),
  is_banned: Type.Boolean(),
  ...positionFields,
})
export type KickedBody = Static<typeof KickedBody>

const errors = ['ROOM_NOT_FOUND', 'ROOM_CLOSED', 'FORBIDDEN', 'ACTING_USER_MISMATCH'] as const satisfies ErrorCode[]
const onUser = (action: string) => `/api/v1/rooms/{roomId}/participants/{userId}/${action}`
const common = { method: 'POST', auth: 'token', limit: 'rest', status: 200 } as const

export const muteParticipant = endpoint({
  ...common,
  name: 'moderation.mute',
  path: onUser('mute'),
  summary: 'Mute a user in a room, for a time or for good, or lift the mute',
  params: ParticipantParams,
  body: MuteBody,
  reply: SanctionBody,
  errors: [...errors, 'TOO_MANY_SANCTIONS', 'NOT_SANCTIONED'],
})

const apply = (name: 'deafen' | 'ban', summary: string) =>
  endpoint({
    ...common,
    name: `moderation.${name}`,
    path: onUser(name),
    summary,
    params: ParticipantParams,
    body: SanctionUserBody,
    reply: SanctionBody,
    errors: [...errors, 'TOO_MANY_SANCTIONS'],
  })

const lift = (name: 'unmute' | 'undeafen' | 'unban', summary: string) =>
  endpoint({
    ...common,
    name: `moderation.${name}`,
    path: onUser(name),
    summary,
    params: ParticipantParams,
    body: LiftUserBody,
    reply: SanctionBody,
    errors: [...errors, 'NOT_SANCTIONED'],
  })

export const unmuteParticipant = lift('unmute', 'Lift the mute of a user in a room')
export const deafenParticipant = apply('deafen', 'Deafen a user in a room, for a time or for good')
export const undeafenParticipant = lift('undeafen', 'Lift the deafening of a user in a room')
export const banParticipant = apply('ban', 'Ban a user from a room, for a time or for good')
export const unbanParticipant = lift('unban', 'Lift the ban of a user from a room')

export const kickParticipant = endpoint({
  ...common,
  name: 'moderation.kick',
  path: onUser('kick'),
  summary: "End a user's seat in a room, and keep them out for a time where one is given",
  params: ParticipantParams,
  body: SanctionUserBody,
  reply: KickedBody,
  errors: [...errors, 'PARTICIPANT_NOT_FOUND', 'TOO_MANY_SANCTIONS'],
})

export const muteAll = endpoint({
  ...common,
  name: 'moderation.mute_all',
  path: '/api/v1/rooms/{roomId}/mute-all',
  summary: 'Mute everyone in a room who may not mute, for a time or until it is lifted',
  params: RoomParams,
  body: MuteAllBody,
  reply: SanctionBody,
  errors: [...errors, 'TOO_MANY_SANCTIONS'],
})

export const unmuteAll = endpoint({
  ...common,
  name: 'moderation.unmute_all',
  path: '/api/v1/rooms/{roomId}/unmute-all',
  summary: 'Lift the mute of everyone in a room',
  params: RoomParams,
  body: UnmuteAllBody,
  reply: SanctionBody,
  errors: [...errors, 'NOT_SANCTIONED'],
})

export const moderationEndpoints = [
  muteParticipant,
  unmuteParticipant,
  deafenParticipant,
  undeafenParticipant,
  kickParticipant,
  banParticipant,
  unbanParticipant,
  muteAll,
  unmuteAll,
] as const
