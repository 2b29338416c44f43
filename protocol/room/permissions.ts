import { Type, type Static } from '@sinclair/typebox'
import { list, oneOf } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import type { Role } from './values.ts'

/** Everything that a role in a room may allow, one word each. */
export const permissions = [
  /** Send audio. In a room with a stage only those on stage do, whatever stands here. */
  'speak',
  /** Ask for a place on stage. */
  'request_to_speak',
  /** Speak to some of the room alone. */
  'whisper',
  'raise_hand',
  /** Be heard above the others: their clients turn everybody else down meanwhile. */
  'priority_speaker',
  /** Speak from here into the rooms that name this one as their parent. */
  'broadcast',
  'create_invite',
  /** List and revoke invites of others. */
  'manage_invites',
  'mute',
  'deafen',
  'kick',
  'ban',
  /** Mute everyone below oneself at once. */
  'mute_all',
  /** Bring people on stage and take them down, and order the queue. */
  'manage_stage',
  /** See the history of moderation, the audit trail and the quality of the room. */
  'read_history',
  'update_room',
  'close_room',
  /** Promote and demote below one's own rank. */
  'manage_roles',
] as const
export const Permission = oneOf(permissions)
export type Permission = Static<typeof Permission>

/** What each role may do where the room says nothing else. Those without a role may nothing of this. */
export const defaultPermissions: Readonly<Record<Role, readonly Permission[]>> = {
  owner: permissions,
  moderator: permissions.filter((name) => !['update_room', 'close_room', 'manage_roles'].includes(name)),
  member: ['speak', 'request_to_speak', 'whisper', 'raise_hand'],
}

const Override = strict({
  allow: Type.Optional(list(Permission, { maxItems: permissions.length })),
  deny: Type.Optional(list(Permission, { maxItems: permissions.length })),
})

/**
 * What a room says otherwise, by role. `deny` wins over `allow`. The owner may everything, always: nobody locks themselves out.
 * Whatever is allowed, nobody acts on someone of their own rank or above.
 */
export const PermissionOverrides = strict({
  moderator: Type.Optional(Override),
  member: Type.Optional(Override),
})
export type PermissionOverrides = Static<typeof PermissionOverrides>

/** Whether a role may do that in a room with these overrides. Both given as the room stores them. */
export function allows(role: Role, permission: Permission, overrides: PermissionOverrides): boolean {
  if (role === 'owner') return true
  const { allow = [], deny = [] } = overrides[role] ?? {}
  if (deny.includes(permission)) return false
  return allow.includes(permission) || defaultPermissions[role].includes(permission)
}
