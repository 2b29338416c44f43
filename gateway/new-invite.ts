import type { Static } from '@sinclair/typebox'
import type { UserId } from '../protocol/ids.ts'
import { inviteTtlS, type CreateInvite } from '../protocol/room/invites.ts'
import type { GivenRole } from '../protocol/room/roles.ts'
import type { Principal } from '../protocol/room/values.ts'
import type { NewInvite } from './auth/index.ts'

/** What callers say of an invite, over REST and over the socket alike. */
interface WantedInvite {
  readonly invitee_id?: UserId
  readonly role?: GivenRole
  readonly max_uses?: number
  /** Seconds. */
  readonly ttl?: number
  readonly message?: string
}

/** The command that makes an invite, with the defaults of the interface filled in. */
export const inviteCommand = (
  by: Principal,
  { inviteId, tokenHash }: NewInvite,
  wanted: WantedInvite,
): Static<typeof CreateInvite> => ({
  type: 'create_invite',
  by,
  invite_id: inviteId,
  token_hash: tokenHash,
  invitee_id: wanted.invitee_id ?? null,
  role: wanted.role ?? 'member',
  max_uses: wanted.max_uses ?? 1,
  ttl_s: wanted.ttl ?? inviteTtlS,
  message: wanted.message ?? '',
})
