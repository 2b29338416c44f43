import { Type, type Static } from '@sinclair/typebox'
import type { ErrorBody } from '../errors.ts'
import { RoomId, SessionId, UserId, type ConnectionId } from '../ids.ts'
import { ParticipantFlags } from '../room/commands.ts'
import { MessageType, Reason, Username, type LeaveReason } from '../room/values.ts'
import type { ParticipantView, PresenceView, PublicRoomEvent, RoomSnapshotView } from '../room/view.ts'
import { strict, taggedUnion } from '../tagged-union.ts'

/*
 * The frames between a client and a gateway: JSON objects with a `type`, one a WebSocket text message, at most 16 KiB.
 * `docs/socket.md` explains them to people who write a client.
 */

/** A client's frame may not be larger; the socket is closed if it is. Bytes. */
export const maxFrameBytes = 16 * 1024

/** Numbers a connection's commands: 1, 2, 3 … Sending the same number again asks for the same command's outcome. */
const id = Type.Integer({ minimum: 1, maximum: 0xffff_ffff })
const command = <const Name extends string, Fields extends Parameters<typeof Type.Object>[0]>(
  type: Name,
  fields: Fields,
) => strict({ type: Type.Literal(type), id, room_id: RoomId, ...fields })

/** First frame of a connection. With the `resume_token` last heard it goes on under its name, on whatever gateway. */
export const Hello = strict({
  type: Type.Literal('hello'),
  token: Type.String({ maxLength: 8_192 }),
  resume_token: Type.Optional(Type.String({ maxLength: 1_024 })),
})
/** A new token before the old one expires. */
export const Reauth = strict({ type: Type.Literal('reauth'), id, token: Type.String({ maxLength: 8_192 }) })

export const JoinFrame = command('join', {
  /** Defaults to the token's `name`, else to the user id. */
  username: Type.Optional(Username),
  password: Type.Optional(Type.String({ minLength: 1, maxLength: 1_024 })),
})
/**
 * Carries on with a seat of the same user: one made over REST, or one of a connection that was lost. `since`: the client has
 * heard everything of the room up to there.
 */
export const AttachFrame = command('attach', {
  session_id: SessionId,
  since: Type.Optional(
    strict({
      epoch: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
      seq: Type.Integer({ minimum: 0, maximum: Number.MAX_SAFE_INTEGER }),
    }),
  ),
})
export const LeaveFrame = command('leave', {})
export const SignalFrame = command('signal', {
  to_user: UserId,
  message_type: MessageType,
  sdp: Type.Optional(Type.String({ maxLength: 14_000 })),
  candidate: Type.Optional(Type.String({ maxLength: 2_000 })),
  sdp_mid: Type.Optional(Type.String({ maxLength: 64 })),
  sdp_mline_index: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })),
})
export const SetFlagsFrame = command('set_flags', { flags: ParticipantFlags })
/** `duration` in seconds; absent is permanent. */
export const MuteFrame = command('mute', {
  target_user_id: UserId,
  duration: Type.Optional(Type.Integer({ minimum: 1, maximum: 315_360_000 })),
  reason: Type.Optional(Reason),
})
export const UnmuteFrame = command('unmute', { target_user_id: UserId, reason: Type.Optional(Reason) })

/** The client's peer connection to another session of the room came up or went down. Not answered. */
export const LinkFrame = strict({
  type: Type.Literal('link'),
  room_id: RoomId,
  peer_session_id: SessionId,
  state: Type.Unsafe<'connected' | 'failed' | 'closed'>(Type.String({ enum: ['connected', 'failed', 'closed'] })),
})
/** How the client hears the room, every few seconds. Not answered. */
export const QualityFrame = strict({
  type: Type.Literal('quality'),
  room_id: RoomId,
  /** 0 (unusable) to 1 (perfect). */
  quality_score: Type.Number({ minimum: 0, maximum: 1 }),
  packet_loss_rate: Type.Optional(Type.Number({ minimum: 0, maximum: 1 })),
  jitter_ms: Type.Optional(Type.Number({ minimum: 0, maximum: 60_000 })),
  round_trip_time: Type.Optional(Type.Number({ minimum: 0, maximum: 60_000 })),
})
export const Ping = strict({ type: Type.Literal('ping') })

export const ClientFrame = taggedUnion('type', [
  Hello,
  Reauth,
  JoinFrame,
  AttachFrame,
  LeaveFrame,
  SignalFrame,
  SetFlagsFrame,
  MuteFrame,
  UnmuteFrame,
  LinkFrame,
  QualityFrame,
  Ping,
])
export type ClientFrame = Static<typeof ClientFrame>

/** As RTCPeerConnection takes it. */
export interface IceServer {
  readonly urls: string | readonly string[]
  readonly username?: string
  readonly credential?: string
}

interface At {
  readonly room_id: RoomId
  /** Never goes back for a room: a lower (epoch, seq) is never sent after a higher one. */
  readonly epoch: number
  readonly seq: number
}

export type ServerFrame =
  | {
      readonly type: 'welcome'
      readonly connection_id: ConnectionId
      readonly user_id: UserId
      /** To be given in the `hello` of the next socket. Good for a day. */
      readonly resume_token: string
      /** The connection goes on: commands without an answer are sent again under their old numbers. */
      readonly resumed: boolean
      /** The gateway closes a socket that was silent for three of these. Ms. */
      readonly heartbeat_ms: number
      readonly ice_servers: readonly IceServer[]
      readonly limits: { readonly frame_bytes: number; readonly in_flight: number; readonly sessions: number }
    }
  /** `ok`: durable. `accepted`: in memory. */
  | ({ readonly type: 'reply'; readonly id: number; readonly status: 'ok' | 'accepted'; readonly value: unknown } & At)
  | {
      readonly type: 'reauthenticated'
      readonly id: number
      readonly expires_at: string
      /** A fresh one, in the place of the earlier. */
      readonly resume_token: string
    }
  /** A refused command where `id` stands, else a frame that could not be understood. The socket stays open. */
  | {
      readonly type: 'error'
      readonly id?: number
      readonly room_id?: RoomId
      readonly retry: boolean
      readonly error: ErrorBody
    }
  /**
   * The session has heard every event up to here, and these are everyone's flags: behind the `events` that it missed, in the
   * place of a `snapshot`.
   */
  | ({
      readonly type: 'caught_up'
      readonly session_id: SessionId
      readonly participants: readonly PresenceView[]
    } & At)
  /** The whole room: after a join, and after an attach or a new owner where what was missed is not known any more. */
  | ({ readonly type: 'snapshot'; readonly session_id: SessionId } & At & RoomSnapshotView)
  | ({ readonly type: 'events'; readonly events: readonly PublicRoomEvent[] } & At)
  | ({ readonly type: 'presence'; readonly participant: ParticipantView } & At)
  | ({
      readonly type: 'signal'
      readonly session_id: SessionId
      readonly from_session: SessionId
      readonly from_user: UserId
      readonly message_type: MessageType
      readonly sdp?: string
      readonly candidate?: string
      readonly sdp_mid?: string
      readonly sdp_mline_index?: number
    } & At)
  | {
      readonly type: 'session_ended'
      readonly room_id: RoomId
      readonly session_id: SessionId
      readonly reason: LeaveReason
    }
  | { readonly type: 'pong' }
