import type { UserId } from '../../protocol/ids.ts'
import type { RoomEvent } from '../../protocol/room/events.ts'
import type { GivenRole } from '../../protocol/room/roles.ts'
import type { Role } from '../../protocol/room/values.ts'
import type { RoomState, Seat } from './state.ts'

type EventOf<Type extends RoomEvent['type']> = Extract<RoomEvent, { type: Type }>

/** A seat whose holder's role is taken away stays, as a member's. */
export function roleChanged(state: RoomState, event: Pick<EventOf<'role.changed'>, 'user_id' | 'role'>): RoomState {
  const { user_id: userId, role } = event
  return { ...state, roles: withRole(state, userId, role), seats: withSeatRoles(state, { [userId]: role ?? 'member' }) }
}

export function ownershipTransferred(state: RoomState, event: EventOf<'ownership.transferred'>): RoomState {
  const { from_user_id: from, to_user_id: to } = event
  if (!state.room) return state
  const roles = new Map(withRole(state, from, 'moderator'))
  roles.delete(to)
  return {
    ...state,
    room: { ...state.room, spec: { ...state.room.spec, owner_id: to } },
    roles,
    seats: withSeatRoles(state, { [from]: 'moderator', [to]: 'owner' }),
  }
}

function withRole({ roles }: RoomState, user: UserId, role: GivenRole | null): RoomState['roles'] {
  const changed = new Map(roles)
  if (role === null) changed.delete(user)
  else changed.set(user, role)
  return changed
}

/** Seats keep their order. */
function withSeatRoles({ seats }: RoomState, roles: Readonly<Record<UserId, Role>>): RoomState['seats'] {
  const changed = new Map(seats)
  for (const user of Object.keys(roles) as UserId[]) {
    const seat: Seat | undefined = seats.get(user)
    if (seat) changed.set(user, { ...seat, role: roles[user] ?? seat.role })
  }
  return changed
}
