import type { RoomEvent } from '../../protocol/room/events.ts'
import { roleChanged } from './evolve-roles.ts'
import { withInvite, type Invite } from './invites.ts'
import type { RoomState } from './state.ts'

type EventOf<Type extends RoomEvent['type']> = Extract<RoomEvent, { type: Type }>

export function inviteCreated(state: RoomState, event: EventOf<'invite.created'>, atMs: number): RoomState {
  const invite: Invite = {
    inviteId: event.invite_id,
    tokenHash: event.token_hash,
    inviterId: event.by,
    inviteeId: event.invitee_id,
    role: event.role,
    maxUses: event.max_uses,
    message: event.message,
    createdAtMs: atMs,
    expiresAtMs: event.expires_at_ms,
    ended: null,
    acceptedBy: new Set(),
  }
  return { ...state, invites: withInvite(state.invites, invite) }
}

/** The role counts also where the room has forgotten the invite: it was promised. */
export function inviteAccepted(state: RoomState, event: EventOf<'invite.accepted'>): RoomState {
  const { user_id: userId, role } = event
  const invite = state.invites.get(event.invite_id)
  const used = invite ? changed(state, { ...invite, acceptedBy: new Set(invite.acceptedBy).add(userId) }) : state
  return roleChanged(used, { user_id: userId, role })
}

export function inviteEnded(
  state: RoomState,
  event: EventOf<'invite.rejected' | 'invite.revoked' | 'invite.expired'>,
): RoomState {
  const invite = state.invites.get(event.invite_id)
  return invite ? changed(state, { ...invite, ended: endings[event.type] }) : state
}

const endings = { 'invite.rejected': 'rejected', 'invite.revoked': 'revoked', 'invite.expired': 'expired' } as const

const changed = (state: RoomState, invite: Invite): RoomState => ({
  ...state,
  invites: new Map(state.invites).set(invite.inviteId, invite),
})
