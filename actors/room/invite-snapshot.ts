import { Type, type Static } from '@sinclair/typebox'
import { InviteId, UserId } from '../../protocol/ids.ts'
import { TokenHash } from '../../protocol/room/invites.ts'
import { GivenRole } from '../../protocol/room/roles.ts'
import { Reason, TimeMs } from '../../protocol/room/values.ts'
import { nullable, oneOf } from '../../protocol/schema.ts'
import { strict } from '../../protocol/tagged-union.ts'
import type { Invite } from './invites.ts'

/** FROZEN: as the snapshot that it is part of. */
export const InviteSnapshot = strict({
  invite_id: InviteId,
  token_hash: TokenHash,
  inviter_id: UserId,
  invitee_id: nullable(UserId),
  role: GivenRole,
  max_uses: Type.Integer({ minimum: 1 }),
  message: Reason,
  created_at_ms: TimeMs,
  expires_at_ms: TimeMs,
  /** Absent where nobody ended it. */
  ended: Type.Optional(oneOf(['rejected', 'revoked', 'expired'])),
  accepted_by: Type.Array(UserId),
})

export const toInviteSnapshot = (invite: Invite): Static<typeof InviteSnapshot> => ({
  invite_id: invite.inviteId,
  token_hash: invite.tokenHash,
  inviter_id: invite.inviterId,
  invitee_id: invite.inviteeId,
  role: invite.role,
  max_uses: invite.maxUses,
  message: invite.message,
  created_at_ms: invite.createdAtMs,
  expires_at_ms: invite.expiresAtMs,
  ...(invite.ended === null ? {} : { ended: invite.ended }),
  accepted_by: [...invite.acceptedBy],
})

export const fromInviteSnapshot = (kept: Static<typeof InviteSnapshot>): Invite => ({
  inviteId: kept.invite_id,
  tokenHash: kept.token_hash,
  inviterId: kept.inviter_id,
  inviteeId: kept.invitee_id,
  role: kept.role,
  maxUses: kept.max_uses,
  message: kept.message,
  createdAtMs: kept.created_at_ms,
  expiresAtMs: kept.expires_at_ms,
  ended: kept.ended ?? null,
  acceptedBy: new Set(kept.accepted_by),
})
