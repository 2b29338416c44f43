import { Type, type Static } from '@sinclair/typebox'
import { RoomId, SessionId, UserId } from '../ids.ts'
import { WiderScope } from '../sanctions/scope.ts'
import { IsoTime, list, nullable, oneOf } from '../schema.ts'
import { strict, taggedUnion } from '../tagged-union.ts'
import { AudioParameters } from './audio.ts'
import { SignalSeq } from './commands.ts'
import { EffectiveSettings } from './settings.ts'
import { heardSignalBody } from './signal-body.ts'
import { publicStageEvents, StageView } from './stage.ts'
import { Transmits } from './transmit.ts'
import { Volumes } from './volume.ts'
import {
  Description,
  EndCause,
  FreeForm,
  GameId,
  LeaveReason,
  LiftCause,
  LiftClock,
  QualityPreset,
  Region,
  Role,
  RoomName,
  RoomType,
  SanctionKind,
  Username,
} from './values.ts'

/*
 * What callers see of a room, over REST and over the socket alike. Times are ISO 8601 in UTC. No hash, no address and no
 * reason of a sanction stands here.
 */

/** The room object. */
export const RoomView = strict({
  room_id: RoomId,
  name: RoomName,
  description: Description,
  owner_id: UserId,
  room_type: RoomType,
  max_participants: Type.Integer(),
  current_participants: Type.Integer(),
  quality_preset: QualityPreset,
  audio_codec: Type.Literal('opus'),
  /** Bits per second a client should aim at. */
  bitrate: Type.Integer(),
  /** What clients ask of one another's encoders. */
  audio: AudioParameters,
  status: oneOf(['active', 'closed']),
  is_private: Type.Boolean(),
  is_temporary: Type.Boolean(),
  is_moderated: Type.Boolean(),
  allow_recording: Type.Boolean(),
  has_password: Type.Boolean(),
  region: nullable(Region),
  game_server_id: nullable(GameId),
  guild_id: nullable(GameId),
  /** From where those with the permission `broadcast` may speak into this room. */
  parent_room_id: nullable(RoomId),
  created_at: IsoTime,
  scheduled_end_at: nullable(IsoTime),
  settings: FreeForm,
  /** What comes of `settings` and the room's type. */
  effective_settings: EffectiveSettings,
  permissions: FreeForm,
  metadata: FreeForm,
})
export type RoomView = Static<typeof RoomView>

/** One seat as everyone in the room sees it. */
export const ParticipantView = strict({
  session_id: SessionId,
  user_id: UserId,
  username: Username,
  role: Role,
  joined_at: IsoTime,
  /** They only speak into this room, from that one: nobody sends them audio. Null for all others. */
  speaks_from: nullable(RoomId),
  /** A connection carries the seat right now. */
  is_connected: Type.Boolean(),
  /** In a room with a stage: they are on it. Nobody else is heard there. */
  on_stage: Type.Boolean(),
  /** In a moderated room: a moderator gave them a voice. Nobody else is heard there, but for moderators. */
  has_voice: Type.Boolean(),
  /** By a moderator; clients silence this participant. */
  is_muted: Type.Boolean(),
  muted_until: nullable(IsoTime),
  /** By a moderator; the client of this participant plays nobody. */
  is_deafened: Type.Boolean(),
  self_muted: Type.Boolean(),
  /** Their client holds its key to talk. */
  push_to_talk: Type.Boolean(),
  /**
   * Whom their microphone is for, as the receiver of this sees it: everyone in the room, or the receiver and some others (the
   * whisperer sees it too). `none`: not for the receiver, who plays nothing of them.
   */
  transmits: Transmits,
  /** Only while they may be heard by the receiver: not muted, and where a key to talk is asked for, holding it. */
  speaking: Type.Boolean(),
  hand_raised: Type.Boolean(),
  /** While they speak, clients turn everybody else down. */
  priority: Type.Boolean(),
})
export type ParticipantView = Static<typeof ParticipantView>

/** The part of a participant that no event tells. */
export const PresenceView = Type.Pick(ParticipantView, [
  'session_id',
  'is_connected',
  'self_muted',
  'push_to_talk',
  'transmits',
  'speaking',
  'hand_raised',
  'priority',
])
export type PresenceView = Static<typeof PresenceView>

const sanctionFields = {
  kind: SanctionKind,
  user_id: UserId,
  generation: Type.Integer({ minimum: 1 }),
  until: nullable(IsoTime),
  /** Of `mute_all` alone: participants with these roles are not meant. */
  except_roles: Type.Optional(list(Role)),
}

/** A sanction in force. */
export const SanctionView = strict({
  /** `guild` or `global` where it is on somebody in more rooms than this one; absent: it is of this room. */
  scope: Type.Optional(WiderScope),
  ...sanctionFields,
})
export type SanctionView = Static<typeof SanctionView>

/** `full`: everybody links with everybody. `chosen`: with those whom `links` names. */
export const MeshKind = oneOf(['full', 'chosen'])
export type MeshKind = Static<typeof MeshKind>

const StageOrNone = nullable(StageView)

/** A whole room: the answer to a read, to a join, and the `snapshot` frame. */
export const RoomSnapshotView = strict({
  room: RoomView,
  participants: list(ParticipantView),
  sanctions: list(SanctionView),
  /** Null in rooms without one. */
  stage: StageOrNone,
  mesh: MeshKind,
  /** How loud the receiver hears others, as they set it; nobody else is told. Empty where the receiver has no seat. */
  volumes: Volumes,
})
export type RoomSnapshotView = Static<typeof RoomSnapshotView>

/** What happened, as everyone in the room is told. */
export const PublicRoomEvent = taggedUnion('type', [
  strict({ type: Type.Literal('room.created'), room: RoomView }),
  strict({ type: Type.Literal('room.updated'), room: RoomView }),
  strict({ type: Type.Literal('room.closed'), cause: EndCause }),
  strict({ type: Type.Literal('participant.joined'), participant: ParticipantView }),
  strict({
    type: Type.Literal('participant.left'),
    session_id: SessionId,
    user_id: UserId,
    reason: LeaveReason,
  }),
  ...publicStageEvents,
  strict({ type: Type.Literal('sanction.applied'), ...sanctionFields }),
  strict({
    type: Type.Literal('sanction.lifted'),
    kind: SanctionKind,
    user_id: UserId,
    generation: Type.Integer({ minimum: 1 }),
    cause: LiftCause,
    clock: LiftClock,
  }),
  /**
   * What stands on the user in more rooms than this one, in the place of everything of the kind that was told before. It is shown while
   * they have a seat.
   */
  strict({ type: Type.Literal('wider_sanctions.known'), user_id: UserId, sanctions: list(SanctionView) }),
  /** The role that holds for the user from now on. */
  strict({ type: Type.Literal('role.changed'), user_id: UserId, role: Role }),
  /** The one who was the owner is a moderator now. */
  strict({ type: Type.Literal('ownership.transferred'), from_user_id: UserId, to_user_id: UserId }),
])
export type PublicRoomEvent = Static<typeof PublicRoomEvent>

/** What the actor pushes to sockets beside durable events. */
export const RoomPush = taggedUnion('type', [
  /** Class B: a participant's volatile flags changed. Carries the whole participant, so the latest one wins. */
  strict({ type: Type.Literal('presence'), participant: ParticipantView }),
  strict({
    type: Type.Literal('signal'),
    session_id: SessionId,
    from_session: SessionId,
    from_user: UserId,
    ...heardSignalBody,
    signal_seq: SignalSeq,
  }),
  /** For the gateways of the sessions that sent them: that receiver has confirmed what each of these sent, up to that number. */
  strict({
    type: Type.Literal('signals_confirmed'),
    by: SessionId,
    senders: list(strict({ session_id: SessionId, signal_seq: SignalSeq })),
  }),
  /** With whom the receiving session links; null: with everybody. */
  strict({ type: Type.Literal('links'), session_id: SessionId, links: nullable(list(SessionId)) }),
  /** The room ends soon: told 5 minutes and 1 minute before. */
  strict({ type: Type.Literal('room_ending'), ends_at: IsoTime }),
  /** The receiving session is over: for the reason that is given. */
  strict({ type: Type.Literal('session_ended'), session_id: SessionId, reason: LeaveReason }),
])
export type RoomPush = Static<typeof RoomPush>
