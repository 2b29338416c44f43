import type { Position } from '../../../protocol/cluster/results.ts'
import type { CreateRoomBody, UpdateRoomBody } from '../../../protocol/http/rooms.ts'
import type { UserId } from '../../../protocol/ids.ts'
import type { RoomChanges, RoomSpec } from '../../../protocol/room/commands.ts'
import type { JoinReply, LiftReply } from '../../../protocol/room/replies.ts'
import { roomTypeTable } from '../../../protocol/room/room-types.ts'
import type { RoomSnapshotView, SanctionView } from '../../../protocol/room/view.ts'

/** The room object with who is in it, and where in the room's life that stands. */
export const presentRoom = ({ room, participants, sanctions, stage, mesh }: RoomSnapshotView, at: Position) => ({
  ...room,
  participants,
  sanctions,
  stage,
  mesh,
  ...at,
})

export const presentRoster = ({ participants, sanctions, stage, mesh }: RoomSnapshotView, at: Position) => ({
  participants,
  sanctions,
  stage,
  mesh,
  ...at,
})

export const presentJoin = ({ session_id, role, snapshot }: JoinReply, at: Position) => ({
  session_id,
  role,
  ...snapshot,
  ...at,
})

export const presentSanction = ({ kind, user_id, generation, until }: SanctionView, at: Position) => ({
  kind,
  user_id,
  generation,
  until,
  ...at,
})

export const presentLift = ({ kind, user_id, generation }: LiftReply, at: Position) => ({
  kind,
  user_id,
  generation,
  ...at,
})

/** Everything a room is made of, with the defaults of its type filled in. */
export function toSpec(body: CreateRoomBody, owner: UserId, passwordHash: string | null): RoomSpec {
  const type = body.room_type ?? 'group'
  const row = roomTypeTable[type]
  return {
    owner_id: owner,
    name: body.name,
    description: body.description ?? '',
    room_type: type,
    max_participants: body.max_participants ?? row.defaultSeats,
    quality_preset: body.quality_preset ?? row.defaultPreset,
    is_private: body.is_private ?? row.privateByDefault,
    is_temporary: body.is_temporary ?? row.temporaryByDefault,
    is_moderated: body.is_moderated ?? false,
    allow_recording: body.allow_recording ?? false,
    password_hash: passwordHash,
    region: body.region ?? null,
    game_server_id: body.game_server_id ?? null,
    guild_id: body.guild_id ?? null,
    parent_room_id: body.parent_room_id ?? null,
    scheduled_end_at_ms: body.scheduled_end_at === undefined ? null : Date.parse(body.scheduled_end_at),
    settings: body.settings ?? {},
    permissions: body.permissions ?? {},
    metadata: body.metadata ?? {},
  }
}

/** `passwordHash` is undefined where the password stays as it is. */
export function toChanges(body: UpdateRoomBody, passwordHash: string | null | undefined): RoomChanges {
  const { password: _, scheduled_end_at: endsAt, ...changes } = body
  return {
    ...changes,
    ...(endsAt === undefined ? {} : { scheduled_end_at_ms: endsAt === null ? null : Date.parse(endsAt) }),
    ...(passwordHash === undefined ? {} : { password_hash: passwordHash }),
  }
}
