import type pg from 'pg'
import type { InviteId, RoomId, UserId } from '../../protocol/ids.ts'
import type { GivenRole } from '../../protocol/room/roles.ts'
import type { RoomType } from '../../protocol/room/values.ts'
import { openInvitesShown, type InviteEnds, type InviteRecords, type OpenInvite, type OverdueInvite } from './port.ts'

interface InviteRow {
  readonly invite_id: InviteId
  readonly room_id: RoomId
  readonly room_name: string
  readonly room_type: RoomType
  readonly inviter_id: UserId
  readonly role: GivenRole
  readonly message: string
  readonly expires_at: Date
}

/** Invites in Postgres. */
export class PgInviteRecords implements InviteRecords, InviteEnds {
  readonly #pool: pg.Pool

  constructor(pool: pg.Pool) {
    this.#pool = pool
  }

  async roomOf(tokenHash: string): Promise<RoomId | null> {
    const found = await this.#pool.query<{ room_id: RoomId }>(
      `select room_id from voice_room_invites where token = $1`,
      [tokenHash],
    )
    return found.rows[0]?.room_id ?? null
  }

  async overdue(beforeMs: number, limit: number, after: OverdueInvite | null): Promise<readonly OverdueInvite[]> {
    const found = await this.#pool.query<Pick<InviteRow, 'invite_id' | 'room_id' | 'expires_at'>>(
      `select invite_id, room_id, expires_at
         from voice_room_invites as invite
         join voice_rooms as room using (room_id)
        where invite.status = 'pending' and room.status = 'active' and expires_at < $1
          and ($2::timestamptz is null or (expires_at, invite_id) > ($2, $3))
        order by expires_at, invite_id
        limit $4`,
      [new Date(beforeMs), after && new Date(after.expiresAtMs), after?.inviteId ?? null, limit],
    )
    return found.rows.map(({ invite_id, room_id, expires_at }) => ({
      inviteId: invite_id,
      roomId: room_id,
      expiresAtMs: expires_at.getTime(),
    }))
  }

  async openFor(userId: UserId, nowMs: number): Promise<readonly OpenInvite[]> {
    const found = await this.#pool.query<InviteRow>(
      `select invite_id, room_id, room_name, room_type, inviter_id, role, message, expires_at
         from voice_room_invites as invite
         join voice_rooms as room using (room_id)
        where invitee_id = $1 and invite.status = 'pending' and expires_at > $2 and room.status = 'active'
        order by invite.created_at desc, invite_id
        limit $3`,
      [userId, new Date(nowMs), openInvitesShown],
    )
    return found.rows.map((row) => ({
      inviteId: row.invite_id,
      roomId: row.room_id,
      roomName: row.room_name,
      roomType: row.room_type,
      inviterId: row.inviter_id,
      role: row.role,
      message: row.message,
      expiresAtMs: row.expires_at.getTime(),
    }))
  }
}
