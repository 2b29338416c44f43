import { Type, type Static } from '@sinclair/typebox'
import { UserId } from '../ids.ts'
import { nullable, oneOf } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import { Permission } from './permissions.ts'
import { Principal, type Role } from './values.ts'

/** A role that somebody gives. The owner's goes by a transfer alone. */
export const GivenRole = oneOf(['moderator', 'member'])
export type GivenRole = Static<typeof GivenRole>

/** Gives a user a role that outlives their seat; null takes what was given away. The user needs no seat. */
export const SetRole = strict({
  type: Type.Literal('set_role'),
  by: Principal,
  target_user_id: UserId,
  role: nullable(GivenRole),
})

/** Makes a participant, or somebody with a role, the owner. The one who was becomes a moderator. */
export const TransferOwnership = strict({
  type: Type.Literal('transfer_ownership'),
  by: Principal,
  target_user_id: UserId,
})

/** Asks whether the principal may do that in the room as it stands, for what is read elsewhere. Also of a closed room. */
export const Authorize = strict({ type: Type.Literal('authorize'), by: Principal, permission: Permission })

const v = Type.Literal(1)

export const RoleChanged = strict({
  type: Type.Literal('role.changed'),
  v,
  user_id: UserId,
  /** Null: what was given is taken away. */
  role: nullable(GivenRole),
  by: UserId,
})
export const OwnershipTransferred = strict({
  type: Type.Literal('ownership.transferred'),
  v,
  /** Who was the owner, and is a moderator now. */
  from_user_id: UserId,
  to_user_id: UserId,
  by: UserId,
})

/** The role that holds for the user now: that of their seat, or what they would take one with. */
export interface RoleReply {
  readonly user_id: UserId
  readonly role: Role
}
