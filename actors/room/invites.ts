import type { ErrorCode } from '../../protocol/errors.ts'
import type { InviteId, UserId } from '../../protocol/ids.ts'
import type { InviteStatus } from '../../protocol/room/invites.ts'
import type { GivenRole } from '../../protocol/room/roles.ts'

/** Invites that may be open at once in a room; above it a new one is refused with TOO_MANY_INVITES. */
export const openInvitesMax = 200
/** Invites that a room remembers, those that are over included; beyond it the oldest that is over is forgotten. */
export const invitesMax = 400

/** An invite as the room holds it. */
export interface Invite {
  readonly inviteId: InviteId
  readonly tokenHash: string
  readonly inviterId: UserId
  /** Null: whoever has the token. */
  readonly inviteeId: UserId | null
  readonly role: GivenRole
  readonly maxUses: number
  readonly message: string
  readonly createdAtMs: number
  readonly expiresAtMs: number
  /** Somebody ended it before its time, or one of the clocks at it. */
  readonly ended: 'rejected' | 'revoked' | 'expired' | null
  /** Who accepted it. Each counts once, however often they do. */
  readonly acceptedBy: ReadonlySet<UserId>
}

export type Invites = ReadonlyMap<InviteId, Invite>

/** What an invite is at that time. The clock is asked whenever somebody comes with it, whoever may be late to write it down. */
export function statusOf({ ended, acceptedBy, maxUses, expiresAtMs }: Invite, nowMs: number): InviteStatus {
  if (ended) return ended
  if (acceptedBy.size >= maxUses) return 'used_up'
  return nowMs >= expiresAtMs ? 'expired' : 'open'
}

/** Why one that is not open does not let anybody in. */
export const refusalOf: Readonly<Record<Exclude<InviteStatus, 'open'>, ErrorCode>> = {
  used_up: 'INVITE_USED_UP',
  expired: 'INVITE_EXPIRED',
  rejected: 'INVITE_REVOKED',
  revoked: 'INVITE_REVOKED',
}

/** Nobody ended it and it has uses left, whatever the time is: one of the clocks has still to end it. */
export const awaitsExpiry = ({ ended, acceptedBy, maxUses }: Invite): boolean => !ended && acceptedBy.size < maxUses

/** When the next invite expires, Unix ms; infinity for none. */
export function soonestExpiryMs(invites: Invites): number {
  let soonest = Number.POSITIVE_INFINITY
  for (const invite of invites.values()) {
    if (invite.expiresAtMs < soonest && awaitsExpiry(invite)) soonest = invite.expiresAtMs
  }
  return soonest
}

/** Those that a clock has to end at that time. */
export const dueInvites = (invites: Invites, nowMs: number): readonly Invite[] =>
  [...invites.values()].filter((invite) => invite.expiresAtMs <= nowMs && awaitsExpiry(invite))

export const openInvites = (invites: Invites, nowMs: number): number =>
  [...invites.values()].filter((invite) => statusOf(invite, nowMs) === 'open').length

export const inviteOf = (invites: Invites, tokenHash: string): Invite | undefined =>
  [...invites.values()].find((invite) => invite.tokenHash === tokenHash)

/** With one more, and within the bound: what is over goes first, in the order of its making; at last what no clock has ended yet. */
export function withInvite(invites: Invites, invite: Invite): Invites {
  const kept = new Map(invites).set(invite.inviteId, invite)
  const isOver = (other: Invite) => statusOf(other, invite.createdAtMs) !== 'open'
  for (const mayGo of [(other: Invite) => !awaitsExpiry(other), isOver]) {
    for (const [id, other] of kept) {
      if (kept.size <= invitesMax) return kept
      if (mayGo(other)) kept.delete(id)
    }
  }
  return kept
}
