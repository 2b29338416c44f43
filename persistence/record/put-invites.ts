import type pg from 'pg'
import { timestamp, writeRecords, type WritesOf } from './rows.ts'

/** One row an invite. */
export async function putInvites(client: pg.ClientBase, writes: WritesOf<'invite.put'>): Promise<void> {
  await writeRecords(
    client,
    'put-invites',
    `insert into voice_room_invites (
       id, invite_id, room_id, inviter_id, invitee_id, created_at, expires_at, message, token, role, max_uses)
     select invite_id::uuid, invite_id, room_id, inviter_id, invitee_id, created_at, expires_at, message, token, role, max_uses
       from jsonb_to_recordset($1::jsonb) as invite (
              invite_id text, room_id text, inviter_id text, invitee_id text, created_at timestamptz,
              expires_at timestamptz, message text, token text, role text, max_uses integer)`,
    writes.map((invite) => ({
      invite_id: invite.inviteId,
      room_id: invite.roomId,
      inviter_id: invite.inviterId,
      invitee_id: invite.inviteeId,
      created_at: timestamp(invite.createdAtMs),
      expires_at: timestamp(invite.expiresAtMs),
      message: invite.message,
      token: invite.tokenHash,
      role: invite.role,
      max_uses: invite.maxUses,
    })),
  )
}

/** The check on `uses` is the backstop behind the room's own count: it fails the whole transaction. */
export async function countInviteUses(client: pg.ClientBase, writes: WritesOf<'invite.used'>): Promise<void> {
  await writeRecords(
    client,
    'count-invite-uses',
    `update voice_room_invites as invite
        set uses = invite.uses + used.times, accepted_at = used.last_at,
            status = case when invite.uses + used.times >= invite.max_uses then 'accepted' else invite.status end
       from (select invite_id, count(*)::integer as times, max(used_at) as last_at
               from jsonb_to_recordset($1::jsonb) as use (invite_id text, used_at timestamptz)
              group by invite_id) as used
      where invite.invite_id = used.invite_id`,
    writes.map(({ inviteId, atMs }) => ({ invite_id: inviteId, used_at: timestamp(atMs) })),
  )
}

/** Turned down, taken back, or over by its time; the last only where nothing came before. */
export async function endInvites(client: pg.ClientBase, writes: WritesOf<'invite.ended'>): Promise<void> {
  await writeRecords(
    client,
    'end-invites',
    `update voice_room_invites as invite
        set status = ended.status,
            rejected_at = case when ended.status = 'rejected' then ended.ended_at else invite.rejected_at end
       from jsonb_to_recordset($1::jsonb) as ended (invite_id text, status text, ended_at timestamptz)
      where invite.invite_id = ended.invite_id and (ended.status <> 'expired' or invite.status = 'pending')`,
    writes.map(({ inviteId, status, atMs }) => ({ invite_id: inviteId, status, ended_at: timestamp(atMs) })),
  )
}
