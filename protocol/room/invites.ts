import { Type, type Static } from '@sinclair/typebox'
import { InviteId, RoomId, UserId } from '../ids.ts'
import { WiderSanction, widerMax } from '../sanctions/scope.ts'
import { IsoTime, list, nullable, oneOf } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import { GivenRole } from './roles.ts'
import { EndClock, Principal, Reason, Role, RoomName, RoomType, TimeMs } from './values.ts'

/** How long an invite holds where its maker says nothing, s. */
export const inviteTtlS = 24 * 3_600
export const InviteTtlS = Type.Integer({ minimum: 60, maximum: 30 * 24 * 3_600 })
export const InviteMaxUses = Type.Integer({ minimum: 1, maximum: 1_000 })
/** SHA-256 of the token in hex. The token itself is known to its maker and to whom they give it, and kept nowhere. */
export const TokenHash = Type.String({ pattern: '^[0-9a-f]{64}$' })

/** 32 bytes in base64url. */
export const InviteToken = Type.String({ pattern: '^[A-Za-z0-9_-]{43}$' })

const of = { by: Principal, user_id: UserId, token_hash: TokenHash }

/** Makes an invite. `invitee_id` null: whoever has the token. */
export const CreateInvite = strict({
  type: Type.Literal('create_invite'),
  by: Principal,
  invite_id: InviteId,
  token_hash: TokenHash,
  invitee_id: nullable(UserId),
  role: GivenRole,
  max_uses: InviteMaxUses,
  ttl_s: InviteTtlS,
  message: Reason,
})
/**
 * Takes what an invite offers: the role, and with it the way into the room. Once for each user. `wider` is what stands on the user in this
 * room beyond it, as the record told the gateway; the seat itself is refused by what stands when it is taken.
 */
export const AcceptInvite = strict({
  type: Type.Literal('accept_invite'),
  ...of,
  /** Absent for nothing. */
  wider: Type.Optional(list(WiderSanction, { maxItems: widerMax })),
})
/** Turns an invite down. One for a single user is over then. */
export const RejectInvite = strict({ type: Type.Literal('reject_invite'), ...of })
export const RevokeInvite = strict({ type: Type.Literal('revoke_invite'), by: Principal, invite_id: InviteId })
/** Every invite that the room remembers, to those who may manage them; to others their own. Journals nothing. */
export const ListInvites = strict({ type: Type.Literal('list_invites'), by: Principal })
/** What the holder of a token may know before they accept. Journals nothing. */
export const ViewInvite = strict({ type: Type.Literal('view_invite'), ...of })

/** One of the clocks found its time passed. Not due or over already: answered OK with `expired: false`, and nothing happens. */
export const ExpireInvite = strict({ type: Type.Literal('expire_invite'), invite_id: InviteId, clock: EndClock })

const v = Type.Literal(1)

export const InviteCreated = strict({
  type: Type.Literal('invite.created'),
  v,
  invite_id: InviteId,
  token_hash: TokenHash,
  by: UserId,
  invitee_id: nullable(UserId),
  role: GivenRole,
  max_uses: InviteMaxUses,
  message: Reason,
  expires_at_ms: TimeMs,
})
/** `role` is what the user has from now on: never less than before. */
export const InviteAccepted = strict({
  type: Type.Literal('invite.accepted'),
  v,
  invite_id: InviteId,
  user_id: UserId,
  role: GivenRole,
})
export const InviteRejected = strict({
  type: Type.Literal('invite.rejected'),
  v,
  invite_id: InviteId,
  user_id: UserId,
})
export const InviteRevoked = strict({ type: Type.Literal('invite.revoked'), v, invite_id: InviteId, by: UserId })

/** Its time was over and nobody had ended it before; which of the clocks found that. */
export const InviteExpired = strict({ type: Type.Literal('invite.expired'), v, invite_id: InviteId, clock: EndClock })

export const InviteStatus = oneOf(['open', 'used_up', 'expired', 'rejected', 'revoked'])
export type InviteStatus = Static<typeof InviteStatus>

/** An invite as those see it who may manage it. Never its token. */
export const InviteView = strict({
  invite_id: InviteId,
  room_id: RoomId,
  inviter_id: UserId,
  invitee_id: nullable(UserId),
  role: GivenRole,
  max_uses: Type.Integer(),
  uses: Type.Integer(),
  message: Reason,
  status: InviteStatus,
  created_at: IsoTime,
  expires_at: IsoTime,
})
export type InviteView = Static<typeof InviteView>

/** The one answer that has the token. */
export const CreatedInvite = strict({ ...InviteView.properties, token: InviteToken })

/** An invite as the holder of its token sees it: of a private room its name, and nobody in it. */
export const InvitePreview = strict({
  invite_id: InviteId,
  room_id: RoomId,
  room_name: RoomName,
  room_type: RoomType,
  inviter_id: UserId,
  role: GivenRole,
  message: Reason,
  expires_at: IsoTime,
})
export type InvitePreview = Static<typeof InvitePreview>

export const InviteList = strict({ invites: list(InviteView) })
export type InviteList = Static<typeof InviteList>

/** The role with which the user may take a seat now. */
export const AcceptedInvite = strict({ invite_id: InviteId, room_id: RoomId, user_id: UserId, role: Role })
export type AcceptedInvite = Static<typeof AcceptedInvite>
