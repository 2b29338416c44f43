import { Type, type Static } from '@sinclair/typebox'
import { ConnectionId, RoomId, SessionId, UserId } from '../ids.ts'
import { CheckBroadcast, SetTransmit, Transmit } from './transmit.ts'
import { SetVolume, Volumes } from './volume.ts'
import { WiderSanction, widerMax } from '../sanctions/scope.ts'
import { list, nullable } from '../schema.ts'
import { strict, taggedUnion } from '../tagged-union.ts'
import { linksMax } from './mesh.ts'
import { Expire, Kick, Lift, Sanction } from './moderation.ts'
import { signalBody } from './signal-body.ts'
import { Authorize, SetRole, TransferOwnership } from './roles.ts'
import { stageCommands } from './stage.ts'
import {
  AcceptInvite,
  CreateInvite,
  ExpireInvite,
  ListInvites,
  RejectInvite,
  RevokeInvite,
  ViewInvite,
} from './invites.ts'
import {
  Description,
  EndClock,
  FreeForm,
  GameId,
  Principal,
  QualityPreset,
  Reason,
  Region,
  RoomName,
  RoomType,
  TimeMs,
  Username,
} from './values.ts'

/** What of a room may be changed after it was made. Null takes the password or the end away. */
export const RoomChanges = strict({
  name: Type.Optional(RoomName),
  description: Type.Optional(Description),
  max_participants: Type.Optional(Type.Integer({ minimum: 1, maximum: 50_000 })),
  quality_preset: Type.Optional(QualityPreset),
  is_private: Type.Optional(Type.Boolean()),
  is_moderated: Type.Optional(Type.Boolean()),
  allow_recording: Type.Optional(Type.Boolean()),
  /** Argon2id string; the plain password never leaves the gateway. */
  password_hash: Type.Optional(nullable(Type.String({ maxLength: 200 }))),
  scheduled_end_at_ms: Type.Optional(nullable(TimeMs)),
  /** Null: nobody speaks into it from another room any more. */
  parent_room_id: Type.Optional(nullable(RoomId)),
  settings: Type.Optional(FreeForm),
  permissions: Type.Optional(FreeForm),
  metadata: Type.Optional(FreeForm),
})
export type RoomChanges = Static<typeof RoomChanges>

/** Everything a room is made of. The gateway fills in the defaults, so that the journal holds no silent ones. */
export const RoomSpec = strict({
  owner_id: UserId,
  name: RoomName,
  description: Description,
  room_type: RoomType,
  max_participants: Type.Integer({ minimum: 1, maximum: 50_000 }),
  quality_preset: QualityPreset,
  is_private: Type.Boolean(),
  is_temporary: Type.Boolean(),
  is_moderated: Type.Boolean(),
  allow_recording: Type.Boolean(),
  password_hash: nullable(Type.String({ maxLength: 200 })),
  region: nullable(Region),
  game_server_id: nullable(GameId),
  guild_id: nullable(GameId),
  /** From where those who lead there may speak into this room. Absent in rooms of before. */
  parent_room_id: Type.Optional(nullable(RoomId)),
  scheduled_end_at_ms: nullable(TimeMs),
  settings: FreeForm,
  permissions: FreeForm,
  metadata: FreeForm,
})
export type RoomSpec = Static<typeof RoomSpec>

export const CreateRoom = strict({ type: Type.Literal('create'), by: Principal, spec: RoomSpec })
export const UpdateRoom = strict({ type: Type.Literal('update'), by: Principal, changes: RoomChanges })
export const CloseRoom = strict({ type: Type.Literal('close'), by: Principal, reason: Reason })

/**
 * Takes a seat. `session_id` is made by the gateway. `password_hash` is the stored hash against which the gateway has
 * checked the caller's password, or null: the room admits only while that is still its hash. `wider` is what stands on the user in this
 * room beyond it, as the record told the gateway; where that is no longer so when the seat is written down, the join is refused with
 * SANCTIONS_CHANGED. A second join of the same user replaces the first seat.
 */
export const Join = strict({
  type: Type.Literal('join'),
  by: Principal,
  user_id: UserId,
  username: Username,
  session_id: SessionId,
  password_hash: nullable(Type.String({ maxLength: 200 })),
  /** Absent for nothing. */
  wider: Type.Optional(list(WiderSanction, { maxItems: widerMax })),
  /**
   * The user comes to speak into this room from that one, where the gateway has just asked whether they may. The seat counts against no
   * capacity and needs no password.
   */
  speaks_from: Type.Optional(RoomId),
})
/** Gives the seat up: of that session where one is named, else of the user. */
export const Leave = strict({
  type: Type.Literal('leave'),
  by: Principal,
  user_id: UserId,
  session_id: Type.Optional(SessionId),
})

/** What a client says of itself; class B, never journaled. */
export const ParticipantFlags = strict({
  self_muted: Type.Optional(Type.Boolean()),
  /** The key to talk is held. Asked for in rooms with `push_to_talk`: who does not hold it does not speak. */
  push_to_talk: Type.Optional(Type.Boolean()),
  speaking: Type.Optional(Type.Boolean()),
  /** With the permission `raise_hand`. */
  hand_raised: Type.Optional(Type.Boolean()),
  /** Wants to be heard above the others while speaking; with the permission `priority_speaker`. */
  priority: Type.Optional(Type.Boolean()),
})
export type ParticipantFlags = Static<typeof ParticipantFlags>

/** Of one sender: rises with each of its signals. */
export const SignalSeq = Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })

/** A signal that a room has taken and its receiver has not confirmed, as the sender's gateway keeps it. */
export const KeptSignal = strict({ to_session: SessionId, signal_seq: SignalSeq, ...signalBody })
export type KeptSignal = Static<typeof KeptSignal>

/** What a gateway keeps for one sending session at the most. */
export const keptSignalsMax = 128

/**
 * A connection carries this seat from now on; sent by the gateway at join, and again to every new owner of the room. The
 * last connection to say so is the one: another that carried it is told that its session was replaced. `unconfirmed`: what of the
 * session's signals nobody has confirmed, for a room that has not heard them.
 */
export const Attach = strict({
  type: Type.Literal('attach'),
  user_id: UserId,
  session_id: SessionId,
  flags: ParticipantFlags,
  /** Of a seat that only speaks into the room: from where. Any other one of the user is not this one. */
  speaks_from: Type.Optional(RoomId),
  connection_id: Type.Optional(ConnectionId),
  /** The links that the room last chose for the session, for an owner that does not know them. */
  links: Type.Optional(Type.Array(SessionId, { maxItems: linksMax })),
  unconfirmed: Type.Optional(list(KeptSignal, { maxItems: keptSignalsMax })),
  /** Whom the microphone is for; absent: as it was, in a new life of the room everyone. */
  transmit: Type.Optional(Transmit),
  /** How loud the holder hears others; absent: as it was, in a new life of the room all at 100. */
  volumes: Type.Optional(Volumes),
})
/**
 * The connection that carried this seat is gone. The seat lapses unless it is attached in time. Refused with
 * SESSION_NOT_FOUND where it names a connection and another one carries the seat: news of an old connection must not cut
 * off the new one. The engine names none: it knows which link was lost.
 */
export const Detach = strict({
  type: Type.Literal('detach'),
  session_id: SessionId,
  connection_id: Type.Optional(ConnectionId),
})
export const SetFlags = strict({
  type: Type.Literal('set_flags'),
  user_id: UserId,
  session_id: SessionId,
  flags: ParticipantFlags,
})

/**
 * Asks whether the user holds that seat, and shows that it is in use: without a connection it is kept for the grace from now
 * on.
 */
export const UseSeat = strict({ type: Type.Literal('use_seat'), user_id: UserId, session_id: SessionId })

/**
 * Relays one signaling message to one participant. `session_id` is the sender's. From a socket it names the connection, which
 * has to be the one that carries the seat: a room that does not know it yet has not heard either what its gateway keeps, and
 * that comes first. `signal_seq` is the number that the gateway has for it.
 */
export const Signal = strict({
  type: Type.Literal('signal'),
  session_id: SessionId,
  from_user: UserId,
  to_user: UserId,
  ...signalBody,
  connection_id: Type.Optional(ConnectionId),
  signal_seq: Type.Optional(SignalSeq),
})
export type Signal = Static<typeof Signal>

/** The session has heard what each of these sent it, up to that number. */
export const SignalsHeard = strict({
  type: Type.Literal('signals_heard'),
  session_id: SessionId,
  heard: list(strict({ from_session: SessionId, signal_seq: SignalSeq }), { maxItems: 64 }),
})
export type SignalsHeard = Static<typeof SignalsHeard>

/**
 * One of the clocks found the room's end passed: the scheduled one, or that of an empty temporary room. The room goes by its own state
 * and time, so it may be sent any number of times. Not due: answered OK with `closed: false`, and nothing happens.
 */
export const ExpireRoom = strict({ type: Type.Literal('expire_room'), clock: EndClock })

/**
 * What stands now on a user beyond the room, in the place of what the room knew: whoever is banned loses the seat. Refused with
 * SANCTIONS_CHANGED where it is out of date by the time it is written down. Sent to every room where the user has a seat.
 */
export const KnowWider = strict({
  type: Type.Literal('know_wider'),
  user_id: UserId,
  wider: list(WiderSanction, { maxItems: widerMax }),
})

/** Warns those in the room of its scheduled end, where that is due and was not done. Journals nothing. */
export const WarnRoom = strict({ type: Type.Literal('warn_room') })

/** The actor's own alarm: does whatever is due. Made by the engine. */
export const Wake = strict({ type: Type.Literal('wake') })

/**
 * A fresh activation begins: no connection is attached yet, and every seat lapses unless one comes in time. Made by the
 * engine.
 */
export const Activated = strict({ type: Type.Literal('activated') })

/** Reads the whole room; `as` decides whether a private room shows itself. Journals nothing. */
export const View = strict({ type: Type.Literal('view'), as: nullable(Principal) })

export const RoomCommand = taggedUnion('type', [
  CreateRoom,
  UpdateRoom,
  CloseRoom,
  Join,
  Leave,
  Attach,
  Detach,
  SetFlags,
  SetTransmit,
  CheckBroadcast,
  SetVolume,
  UseSeat,
  Signal,
  SignalsHeard,
  Sanction,
  Lift,
  Kick,
  Expire,
  ExpireRoom,
  KnowWider,
  SetRole,
  TransferOwnership,
  Authorize,
  ...stageCommands,
  Wake,
  Activated,
  View,
  CreateInvite,
  AcceptInvite,
  RejectInvite,
  RevokeInvite,
  ListInvites,
  ViewInvite,
  WarnRoom,
  ExpireInvite,
])
export type RoomCommand = Static<typeof RoomCommand>
