import { isoTime } from '../../protocol/iso-time.ts'
import type { InviteView } from '../../protocol/room/invites.ts'
import type { RoomEvent } from '../../protocol/room/events.ts'
import type { GivenRole } from '../../protocol/room/roles.ts'
import { answer, reject, type CommandOf, type LiveRoom, type RoomDecision, type Rules } from './decision.ts'
import { evolve } from './evolve.ts'
import { inviteOf, openInvites, openInvitesMax, refusalOf, statusOf, type Invite } from './invites.ts'
import { mayGive, refusal } from './policy.ts'
import { banOn } from './sanctions-on.ts'
import { roleOf, rolesMax } from './state.ts'
import { inForce, widerBan } from './wider.ts'

/** Invites: made, taken, turned down, taken back. Durable, journaled; how often one is used is decided here alone. */

export function createInvite(state: LiveRoom, command: CommandOf<'create_invite'>, { nowMs }: Rules): RoomDecision {
  const refused = refusal(state, command.by, { permission: 'create_invite' }) ?? mayOffer(state, command)
  if (refused) return reject(refused)
  if (openInvites(state.invites, nowMs) >= openInvitesMax) return reject('TOO_MANY_INVITES')
  const event: RoomEvent = {
    type: 'invite.created',
    v: 1,
    invite_id: command.invite_id,
    token_hash: command.token_hash,
    by: command.by.user_id,
    invitee_id: command.invitee_id,
    role: command.role,
    max_uses: command.max_uses,
    message: command.message,
    expires_at_ms: nowMs + command.ttl_s * 1_000,
  }
  const made = evolve(state, event, nowMs).invites.get(command.invite_id)
  return made
    ? answer('create_invite', presentInvite(state, made, nowMs), { events: [event] })
    : reject('INVITE_NOT_FOUND')
}

/** A member's place is what an invite is for; a higher one is offered by those only who could give it by hand. */
const mayOffer = (state: LiveRoom, { by, role }: CommandOf<'create_invite'>) =>
  role === 'member'
    ? null
    : (refusal(state, by, { permission: 'manage_roles' }) ?? (mayGive(state, by, role) ? null : 'FORBIDDEN'))

export function acceptInvite(state: LiveRoom, command: CommandOf<'accept_invite'>, rules: Rules): RoomDecision {
  const found = redeemable(state, command, rules)
  if ('code' in found) return reject(found.code)
  const { invite } = found
  const { user_id: userId } = command
  const ban = banOn(state, userId, rules.nowMs) ?? widerBan(inForce(command.wider ?? [], rules.nowMs))
  if (ban) return reject('BANNED', ban)
  const accepted = (role: ReturnType<typeof roleOf>, events: readonly RoomEvent[]) =>
    answer('accept_invite', { invite_id: invite.inviteId, room_id: state.roomId, user_id: userId, role }, { events })
  if (invite.acceptedBy.has(userId) || state.room.spec.owner_id === userId) return accepted(roleOf(state, userId), [])
  if (!state.roles.has(userId) && state.roles.size >= rolesMax) return reject('TOO_MANY_ROLES')
  const role = higher(invite.role, state.roles.get(userId))
  return accepted(role, [{ type: 'invite.accepted', v: 1, invite_id: invite.inviteId, user_id: userId, role }])
}

/** An open one goes on for everybody else. */
export function rejectInvite(state: LiveRoom, command: CommandOf<'reject_invite'>, rules: Rules): RoomDecision {
  const found = redeemable(state, command, rules)
  if ('code' in found) return reject(found.code)
  const { inviteId, inviteeId, acceptedBy } = found.invite
  if (inviteeId === null || acceptedBy.has(command.user_id)) return answer('reject_invite', null)
  const event: RoomEvent = { type: 'invite.rejected', v: 1, invite_id: inviteId, user_id: command.user_id }
  return answer('reject_invite', null, { events: [event] })
}

/** Whoever made it may take it back, whatever became of them. */
export function revokeInvite(state: LiveRoom, command: CommandOf<'revoke_invite'>): RoomDecision {
  const invite = state.invites.get(command.invite_id)
  const isOwn = invite?.inviterId === command.by.user_id
  const refused = isOwn ? null : refusal(state, command.by, { permission: 'manage_invites' })
  if (refused) return reject(refused)
  if (!invite) return reject('INVITE_NOT_FOUND')
  if (invite.ended) return answer('revoke_invite', null)
  const event: RoomEvent = {
    type: 'invite.revoked',
    v: 1,
    invite_id: invite.inviteId,
    by: command.by.user_id,
  }
  return answer('revoke_invite', null, { events: [event] })
}

export function listInvites(state: LiveRoom, command: CommandOf<'list_invites'>, { nowMs }: Rules): RoomDecision {
  const refused = refusal(state, command.by, { action: 'view' })
  if (refused) return reject(refused)
  const seesAll = refusal(state, command.by, { permission: 'manage_invites' }) === null
  const seen = [...state.invites.values()].filter(({ inviterId }) => seesAll || inviterId === command.by.user_id)
  return answer('list_invites', { invites: seen.map((invite) => presentInvite(state, invite, nowMs)) })
}

export function viewInvite(state: LiveRoom, command: CommandOf<'view_invite'>, rules: Rules): RoomDecision {
  const found = redeemable(state, command, rules)
  if ('code' in found) return reject(found.code)
  const { invite } = found
  return answer('view_invite', {
    invite_id: invite.inviteId,
    room_id: state.roomId,
    room_name: state.room.spec.name,
    room_type: state.room.spec.room_type,
    inviter_id: invite.inviterId,
    role: invite.role,
    message: invite.message,
    expires_at: isoTime(invite.expiresAtMs),
  })
}

/** The invite of that token, if this user may come with it now; who has accepted it may come again. */
function redeemable(
  state: LiveRoom,
  command: CommandOf<'accept_invite' | 'reject_invite' | 'view_invite'>,
  { nowMs }: Rules,
): { readonly invite: Invite } | { readonly code: NonNullable<ReturnType<typeof refusal>> } {
  const { user_id: userId } = command
  const refused = refusal(state, command.by, { action: 'redeem', user: userId })
  if (refused) return { code: refused }
  const invite = inviteOf(state.invites, command.token_hash)
  if (!invite) return { code: 'INVITE_NOT_FOUND' }
  if (invite.inviteeId !== null && invite.inviteeId !== userId) return { code: 'INVITE_NOT_FOR_YOU' }
  const status = statusOf(invite, nowMs)
  if (status !== 'open' && !invite.acceptedBy.has(userId)) return { code: refusalOf[status] }
  return { invite }
}

/** An invite never takes away what somebody has. */
const higher = (offered: GivenRole, held: GivenRole | undefined): GivenRole =>
  held === 'moderator' ? 'moderator' : offered

const presentInvite = (state: LiveRoom, invite: Invite, nowMs: number): InviteView => ({
  invite_id: invite.inviteId,
  room_id: state.roomId,
  inviter_id: invite.inviterId,
  invitee_id: invite.inviteeId,
  role: invite.role,
  max_uses: invite.maxUses,
  uses: invite.acceptedBy.size,
  message: invite.message,
  status: statusOf(invite, nowMs),
  created_at: isoTime(invite.createdAtMs),
  expires_at: isoTime(invite.expiresAtMs),
})
