import type pg from 'pg'
import { latestBy, timestamp, timestampOrNull, writeRecords, type WritesOf } from './rows.ts'

/** One row a seat. */
export async function putParticipants(client: pg.ClientBase, writes: WritesOf<'participant.put'>): Promise<void> {
  await writeRecords(
    client,
    'put-participants',
    `insert into voice_participants (
       id, room_id, user_id, session_id, username, role, status, joined_at, last_activity, is_muted, muted_until, is_deafened)
     select session_id::uuid, room_id, user_id, session_id, username, role, 'active', joined_at, joined_at, is_muted, muted_until,
            is_deafened
       from jsonb_to_recordset($1::jsonb) as seat (
              room_id text, user_id text, session_id text, username text, role text, joined_at timestamptz,
              is_muted boolean, muted_until timestamptz, is_deafened boolean)
         on conflict (session_id) do update
        set username = excluded.username, role = excluded.role, is_muted = excluded.is_muted,
            muted_until = excluded.muted_until, is_deafened = excluded.is_deafened`,
    latestBy(writes, ({ sessionId }) => sessionId).map((seat) => ({
      room_id: seat.roomId,
      user_id: seat.userId,
      session_id: seat.sessionId,
      username: seat.username,
      role: seat.role,
      joined_at: timestamp(seat.joinedAtMs),
      is_muted: seat.isMuted,
      muted_until: timestampOrNull(seat.mutedUntilMs),
      is_deafened: seat.isDeafened,
    })),
  )
}

/** The seat is given up; the row stays. */
export async function markLeft(client: pg.ClientBase, writes: WritesOf<'participant.left'>): Promise<void> {
  await writeRecords(
    client,
    'mark-left',
    `update voice_participants as seat
        set status = 'left', is_connected = false, last_activity = gone.left_at
       from jsonb_to_recordset($1::jsonb) as gone (session_id text, left_at timestamptz)
      where seat.session_id = gone.session_id`,
    latestBy(writes, ({ sessionId }) => sessionId).map(({ sessionId, atMs }) => ({
      session_id: sessionId,
      left_at: timestamp(atMs),
    })),
  )
}

/** The role of a user's seats in a room. */
export async function setRoles(client: pg.ClientBase, writes: WritesOf<'participant.role'>): Promise<void> {
  await writeRecords(
    client,
    'set-roles',
    `update voice_participants as seat
        set role = given.role
       from jsonb_to_recordset($1::jsonb) as given (room_id text, user_id text, role text)
      where seat.room_id = given.room_id and seat.user_id = given.user_id and seat.status = 'active'`,
    latestBy(writes, ({ roomId, userId }) => `${roomId} ${userId}`).map(({ roomId, userId, role }) => ({
      room_id: roomId,
      user_id: userId,
      role,
    })),
  )
}

/** The roles that were given in rooms: put, or taken away. */
export async function putGivenRoles(client: pg.ClientBase, writes: WritesOf<'participant.role'>): Promise<void> {
  await writeRecords(
    client,
    'put-given-roles',
    `with given as materialized (
       select room_id, user_id, role
         from jsonb_to_recordset($1::jsonb) as given (room_id text, user_id text, role text)),
     taken as (
       delete from voice_room_roles as had
        using given
        where had.room_id = given.room_id and had.user_id = given.user_id and given.role is null)
     insert into voice_room_roles (room_id, user_id, role)
     select room_id, user_id, role
       from given
      where role is not null
         on conflict (room_id, user_id) do update
        set role = excluded.role`,
    latestBy(writes, ({ roomId, userId }) => `${roomId} ${userId}`).map(({ roomId, userId, given }) => ({
      room_id: roomId,
      user_id: userId,
      role: given,
    })),
  )
}

/** Whether a user's seats in a room are muted, and until when. */
export async function markMuted(client: pg.ClientBase, writes: WritesOf<'participant.mute'>): Promise<void> {
  await writeRecords(
    client,
    'mark-muted',
    `update voice_participants as seat
        set is_muted = mute.is_muted, muted_until = mute.muted_until
       from jsonb_to_recordset($1::jsonb) as mute (room_id text, user_id text, is_muted boolean, muted_until timestamptz)
      where seat.room_id = mute.room_id and seat.user_id = mute.user_id and seat.status = 'active'`,
    latestBy(writes, ({ roomId, userId }) => `${roomId} ${userId}`).map((mute) => ({
      room_id: mute.roomId,
      user_id: mute.userId,
      is_muted: mute.isMuted,
      muted_until: timestampOrNull(mute.mutedUntilMs),
    })),
  )
}

/** Whether a user's seats in a room are deafened. */
export async function markDeafened(client: pg.ClientBase, writes: WritesOf<'participant.deafen'>): Promise<void> {
  await writeRecords(
    client,
    'mark-deafened',
    `update voice_participants as seat
        set is_deafened = deafening.is_deafened
       from jsonb_to_recordset($1::jsonb) as deafening (room_id text, user_id text, is_deafened boolean)
      where seat.room_id = deafening.room_id and seat.user_id = deafening.user_id and seat.status = 'active'`,
    latestBy(writes, ({ roomId, userId }) => `${roomId} ${userId}`).map(({ roomId, userId, isDeafened }) => ({
      room_id: roomId,
      user_id: userId,
      is_deafened: isDeafened,
    })),
  )
}
