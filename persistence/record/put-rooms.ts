import type pg from 'pg'
import { latestBy, timestamp, timestampOrNull, writeRecords, type WritesOf } from './rows.ts'

/** Inserts rooms, or brings every column of theirs up to date. */
export async function putRooms(client: pg.ClientBase, writes: WritesOf<'room.put'>): Promise<void> {
  await writeRecords(
    client,
    'put-rooms',
    `insert into voice_rooms (
       id, room_id, room_name, description, owner_id, game_server_id, guild_id, region, max_participants,
       current_participants, room_type, quality_preset, bitrate, status, is_private, is_temporary, is_moderated,
       allow_recording, password, created_at, last_activity_at, scheduled_end_at, settings, permissions, metadata, closes_at,
       parent_room_id)
     select room_id::uuid, room_id, room_name, description, owner_id, game_server_id, guild_id, region, max_participants,
            current_participants, room_type, quality_preset, bitrate, status, is_private, is_temporary, is_moderated,
            allow_recording, password, created_at, last_activity_at, scheduled_end_at, settings, permissions, metadata, closes_at,
            parent_room_id
       from jsonb_to_recordset($1::jsonb) as room (
              room_id text, room_name text, description text, owner_id text, game_server_id text, guild_id text, region text,
              max_participants integer, current_participants integer, room_type text, quality_preset text, bitrate integer,
              status text, is_private boolean, is_temporary boolean, is_moderated boolean, allow_recording boolean,
              password text, created_at timestamptz, last_activity_at timestamptz, scheduled_end_at timestamptz,
              settings jsonb, permissions jsonb, metadata jsonb, closes_at timestamptz, parent_room_id text)
         on conflict (room_id) do update
        set room_name = excluded.room_name, description = excluded.description, owner_id = excluded.owner_id,
            max_participants = excluded.max_participants, current_participants = excluded.current_participants,
            quality_preset = excluded.quality_preset, bitrate = excluded.bitrate, status = excluded.status,
            is_private = excluded.is_private, is_moderated = excluded.is_moderated,
            allow_recording = excluded.allow_recording, password = excluded.password,
            last_activity_at = excluded.last_activity_at, scheduled_end_at = excluded.scheduled_end_at,
            settings = excluded.settings, permissions = excluded.permissions, metadata = excluded.metadata, closes_at = excluded.closes_at,
            parent_room_id = excluded.parent_room_id`,
    latestBy(writes, ({ roomId }) => roomId).map(({ roomId, spec, ...room }) => ({
      room_id: roomId,
      room_name: spec.name,
      description: spec.description,
      owner_id: spec.owner_id,
      game_server_id: spec.game_server_id,
      guild_id: spec.guild_id,
      region: spec.region,
      max_participants: spec.max_participants,
      current_participants: room.participants,
      room_type: spec.room_type,
      quality_preset: spec.quality_preset,
      bitrate: room.bitrate,
      status: room.status,
      is_private: spec.is_private,
      is_temporary: spec.is_temporary,
      is_moderated: spec.is_moderated,
      allow_recording: spec.allow_recording,
      password: spec.password_hash,
      created_at: timestamp(room.createdAtMs),
      last_activity_at: timestamp(room.activeAtMs),
      scheduled_end_at: timestampOrNull(spec.scheduled_end_at_ms),
      settings: spec.settings,
      permissions: spec.permissions,
      metadata: spec.metadata,
      closes_at: timestampOrNull(room.closesAtMs),
      parent_room_id: spec.parent_room_id ?? null,
    })),
  )
}

/** Seat counts and last activity. */
export async function noteActivity(client: pg.ClientBase, writes: WritesOf<'room.activity'>): Promise<void> {
  await writeRecords(
    client,
    'note-activity',
    `update voice_rooms as room
        set current_participants = activity.participants, last_activity_at = activity.active_at,
            closes_at = activity.closes_at
       from jsonb_to_recordset($1::jsonb) as activity (room_id text, participants integer, active_at timestamptz, closes_at timestamptz)
      where room.room_id = activity.room_id`,
    latestBy(writes, ({ roomId }) => roomId).map(({ roomId, participants, activeAtMs, closesAtMs }) => ({
      room_id: roomId,
      participants,
      active_at: timestamp(activeAtMs),
      closes_at: timestampOrNull(closesAtMs),
    })),
  )
}

/** Of which change of its end a room's workflow was told last. */
export async function noteEnds(client: pg.ClientBase, writes: WritesOf<'room.end'>): Promise<void> {
  await writeRecords(
    client,
    'note-ends',
    `update voice_rooms as room
        set end_generation = told.generation
       from jsonb_to_recordset($1::jsonb) as told (room_id text, generation integer)
      where room.room_id = told.room_id`,
    latestBy(writes, ({ roomId }) => roomId).map(({ roomId, generation }) => ({ room_id: roomId, generation })),
  )
}
