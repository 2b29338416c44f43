import type { InviteId, RoomId, UserId } from '../../protocol/ids.ts'
import type { GivenRole } from '../../protocol/room/roles.ts'
import type { RoomType } from '../../protocol/room/values.ts'

/** An open invite to one user, as they are shown it. Times are Unix ms. */
export interface OpenInvite {
  readonly inviteId: InviteId
  readonly roomId: RoomId
  readonly roomName: string
  readonly roomType: RoomType
  readonly inviterId: UserId
  readonly role: GivenRole
  readonly message: string
  readonly expiresAtMs: number
}

/** Invites that one user is shown at the most; the newest. */
export const openInvitesShown = 100

/** An invite that still stands as open in the record, past its time. */
export interface OverdueInvite {
  readonly inviteId: InviteId
  readonly roomId: RoomId
  /** Unix ms. */
  readonly expiresAtMs: number
}

/** What the sweep reads of it. */
export interface InviteEnds {
  /** Invites of active rooms that should have ended before `beforeMs`, the longest overdue first, behind `after`. `limit` 1-1,000. */
  overdue(beforeMs: number, limit: number, after: OverdueInvite | null): Promise<readonly OverdueInvite[]>
}

/** Reading the record of invites. Written only through the journal. */
export interface InviteRecords {
  /** The room to which the token of that hash leads; null for none. SHA-256 in hex. */
  roomOf(tokenHash: string): Promise<RoomId | null>
  /** Open invites that name this user and have not expired by then, newest first, `openInvitesShown` at the most. */
  openFor(userId: UserId, nowMs: number): Promise<readonly OpenInvite[]>
}
