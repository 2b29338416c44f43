import { Type, type Static } from '@sinclair/typebox'
import { ErrorShape } from '../error-shape.ts'
import { ConnectionId, RoomId, SessionId, UserId } from '../ids.ts'
import { Hint, HintReason } from '../quality/hint.ts'
import { SignalSeq } from '../room/commands.ts'
import { RaidId, RaidSlot } from '../raids/values.ts'
import { heardSignalBody } from '../room/signal-body.ts'
import { LeaveReason, RoomName } from '../room/values.ts'
import { ParticipantView, PresenceView, PublicRoomEvent, RoomSnapshotView } from '../room/view.ts'
import { IsoTime, list, nullable, oneOf } from '../schema.ts'
import { strict, taggedUnion } from '../tagged-union.ts'
import { ZoneId } from '../zone/plan.ts'
import { IceServers } from './ice.ts'
import { zoneServerFrames } from './zone-frames.ts'

/*
 * What a gateway tells a client. The schemas are those of this version: what it sends fits them, and a client takes more, since
 * later versions add fields and frames.
 */

/** The command that is answered. */
const id = Type.Integer({ minimum: 1, maximum: 0xffff_ffff })

/** Never goes back for a room: a lower (epoch, seq) is never sent after a higher one. */
const at = {
  room_id: RoomId,
  epoch: Type.Integer({ minimum: 0 }),
  seq: Type.Integer({ minimum: 0 }),
}

export const WelcomeFrame = strict({
  type: Type.Literal('welcome'),
  connection_id: ConnectionId,
  user_id: UserId,
  /** To be given in the `hello` of the next socket. Good for a day. */
  resume_token: Type.String(),
  /** The connection goes on: commands without an answer are sent again under their old numbers. */
  resumed: Type.Boolean(),
  /** The gateway closes a socket that was silent for three of these. Ms. */
  heartbeat_ms: Type.Integer(),
  ...IceServers.properties,
  limits: strict({ frame_bytes: Type.Integer(), in_flight: Type.Integer(), sessions: Type.Integer() }),
})

/** `ok`: durable. `accepted`: in memory. To a command about a zone there is `zone_id`, and neither a room nor a place in its order. */
export const ReplyFrame = strict({
  type: Type.Literal('reply'),
  id,
  status: oneOf(['ok', 'accepted']),
  /** By the command's type: `reply-values.ts`. */
  value: Type.Unknown(),
  room_id: Type.Optional(at.room_id),
  epoch: Type.Optional(at.epoch),
  seq: Type.Optional(at.seq),
  zone_id: Type.Optional(ZoneId),
})

export const ReauthenticatedFrame = strict({
  type: Type.Literal('reauthenticated'),
  id,
  expires_at: IsoTime,
  /** A fresh one, in the place of the earlier. */
  resume_token: Type.String(),
})

/** A refused command where `id` stands, else a frame that could not be understood. The socket stays open. */
export const ErrorFrame = strict({
  type: Type.Literal('error'),
  // As the client gave them: a frame that was refused for its number is answered under that number.
  id: Type.Optional(Type.Integer()),
  room_id: Type.Optional(Type.Unsafe<RoomId>(Type.String({ maxLength: 64 }))),
  retry: Type.Boolean(),
  error: ErrorShape,
})

/**
 * The session has heard every event up to here, and these are everyone's flags: behind the `events` that it missed, in the
 * place of a `snapshot`.
 */
export const CaughtUpFrame = strict({
  type: Type.Literal('caught_up'),
  session_id: SessionId,
  participants: list(PresenceView),
  ...at,
})

/** The whole room: after a join, and after an attach or a new owner where what was missed is not known any more. */
export const SnapshotFrame = strict({
  type: Type.Literal('snapshot'),
  session_id: SessionId,
  ...RoomSnapshotView.properties,
  ...at,
})

export const EventsFrame = strict({ type: Type.Literal('events'), events: list(PublicRoomEvent), ...at })

export const PresenceFrame = strict({ type: Type.Literal('presence'), participant: ParticipantView, ...at })

/** Another participant's WebRTC message. */
export const HeardSignalFrame = strict({
  type: Type.Literal('signal'),
  session_id: SessionId,
  from_session: SessionId,
  from_user: UserId,
  ...heardSignalBody,
  /** Rises with each signal that comes from that session to this one. */
  signal_seq: SignalSeq,
  ...at,
})

/**
 * With whom your session links: with nobody else, and signals to others are refused with NOT_LINKED. Null: with everybody. The last
 * one holds.
 */
export const LinksFrame = strict({
  type: Type.Literal('links'),
  session_id: SessionId,
  links: nullable(list(SessionId)),
  ...at,
})

/** The room ends soon: told 5 minutes and 1 minute before. */
export const RoomEndingFrame = strict({ type: Type.Literal('room_ending'), ends_at: IsoTime, ...at })

export const SessionEndedFrame = strict({
  type: Type.Literal('session_ended'),
  room_id: RoomId,
  session_id: SessionId,
  reason: LeaveReason,
})

/** What the client might do about how it hears that room. */
export const HintFrame = strict({
  type: Type.Literal('hint'),
  room_id: RoomId,
  session_id: SessionId,
  hint: Hint,
  reason: HintReason,
})

/** Told some time before the credentials of TURN end, in the place of what was told before. */
export const IceServersFrame = strict({ type: Type.Literal('ice_servers'), ...IceServers.properties })

/**
 * Something about a raid that the user goes to, or has made: it is near (a day, an hour, ten minutes), its room is open, it was moved,
 * it was cancelled. Of no room, and comes whether or not the connection carries a seat.
 */
export const RaidNoticeFrame = strict({
  type: Type.Literal('raid_notice'),
  notice: oneOf(['reminder', 'open', 'moved', 'cancelled']),
  raid_id: RaidId,
  /** Which occurrence: a day, or `once`. */
  occurrence: RaidSlot,
  name: RoomName,
  starts_at: IsoTime,
  /** To be joined from `open` on. */
  room_id: RoomId,
})
export type RaidNoticeFrame = Static<typeof RaidNoticeFrame>

export const PongFrame = strict({ type: Type.Literal('pong') })

/** Every frame that a client may hear. */
export const serverFrames = [
  WelcomeFrame,
  ReplyFrame,
  ReauthenticatedFrame,
  ErrorFrame,
  CaughtUpFrame,
  SnapshotFrame,
  EventsFrame,
  PresenceFrame,
  HeardSignalFrame,
  LinksFrame,
  RoomEndingFrame,
  SessionEndedFrame,
  HintFrame,
  IceServersFrame,
  RaidNoticeFrame,
  ...zoneServerFrames,
  PongFrame,
] as const

export const ServerFrame = taggedUnion('type', serverFrames)
export type ServerFrame = Static<typeof ServerFrame>
