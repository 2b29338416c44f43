import type { RoomId, UserId } from '../../protocol/ids.ts'
import type { MemoryRecord } from '../record/memory-record.ts'
import { openInvitesShown, type InviteEnds, type InviteRecords, type OpenInvite, type OverdueInvite } from './port.ts'

/** Invites of a record in memory. */
export class MemoryInviteRecords implements InviteRecords, InviteEnds {
  readonly #record: MemoryRecord

  constructor(record: MemoryRecord) {
    this.#record = record
  }

  roomOf(tokenHash: string): Promise<RoomId | null> {
    const found = [...this.#record.tables.invites.values()].find((invite) => invite.tokenHash === tokenHash)
    return Promise.resolve(found?.roomId ?? null)
  }

  overdue(beforeMs: number, limit: number, after: OverdueInvite | null): Promise<readonly OverdueInvite[]> {
    const { invites, rooms } = this.#record.tables
    const due = [...invites.values()]
      .filter(({ roomId, status, expiresAtMs }) => {
        return status === 'pending' && expiresAtMs < beforeMs && rooms.get(roomId)?.status === 'active'
      })
      .map(({ inviteId, roomId, expiresAtMs }) => ({ inviteId, roomId, expiresAtMs }))
      .sort(longestOverdue)
    return Promise.resolve(due.filter((invite) => !after || longestOverdue(after, invite) < 0).slice(0, limit))
  }

  openFor(userId: UserId, nowMs: number): Promise<readonly OpenInvite[]> {
    const { invites, rooms } = this.#record.tables
    const open = [...invites.values()]
      .filter(
        ({ inviteeId, status, expiresAtMs }) => inviteeId === userId && status === 'pending' && expiresAtMs > nowMs,
      )
      .sort((a, b) => b.createdAtMs - a.createdAtMs)
      .flatMap((invite) => {
        const room = rooms.get(invite.roomId)
        return room?.status === 'active' ? [{ invite, spec: room.spec }] : []
      })
    return Promise.resolve(
      open.slice(0, openInvitesShown).map(({ invite, spec }) => ({
        inviteId: invite.inviteId,
        roomId: invite.roomId,
        roomName: spec.name,
        roomType: spec.room_type,
        inviterId: invite.inviterId,
        role: invite.role,
        message: invite.message,
        expiresAtMs: invite.expiresAtMs,
      })),
    )
  }
}

const longestOverdue = (a: OverdueInvite, b: OverdueInvite): number =>
  a.expiresAtMs - b.expiresAtMs || (a.inviteId < b.inviteId ? -1 : a.inviteId > b.inviteId ? 1 : 0)
