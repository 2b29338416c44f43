import type { UserId } from '../../protocol/ids.ts'
import type { RoomEvent } from '../../protocol/room/events.ts'
import { answer, push, reject, type CommandOf, type LiveRoom, type RoomDecision, type Rules } from './decision.ts'
import { seatsOf, silenced } from './decide-sanctions.ts'
import { evolve } from './evolve.ts'
import { mayGive, refusal } from './policy.ts'
import { presentRoom, presentSeat } from './present.ts'
import { isMutedAsAWhole } from './sanctions-on.ts'
import { roleOf, rolesMax } from './state.ts'
import type { RoomState } from './state.ts'

/** Roles: who holds one beyond their seat, and who owns the room. Durable, journaled. */

/** The owner's role is not given and not taken this way, by whomever. */
export function setRole(state: LiveRoom, command: CommandOf<'set_role'>, { nowMs }: Rules): RoomDecision {
  const { target_user_id: userId, role } = command
  const refused = refusal(state, command.by, { permission: 'manage_roles', target: userId })
  if (refused) return reject(refused)
  if (!mayGive(state, command.by, role) || state.room.spec.owner_id === userId) return reject('FORBIDDEN')
  if ((state.roles.get(userId) ?? null) === role)
    return answer('set_role', { user_id: userId, role: roleOf(state, userId) })
  if (role !== null && isFull(state, userId)) return reject('TOO_MANY_ROLES')
  const event: RoomEvent = { type: 'role.changed', v: 1, user_id: userId, role, by: command.by.user_id }
  const after = evolve(state, event, nowMs)
  return answer(
    'set_role',
    { user_id: userId, role: roleOf(after, userId) },
    { events: [event], ...retold(after, [userId]) },
  )
}

/** Nobody is made an owner whom the room does not know: a slip of the pen would give the room away for good. */
export function transferOwnership(
  state: LiveRoom,
  command: CommandOf<'transfer_ownership'>,
  { nowMs }: Rules,
): RoomDecision {
  const { target_user_id: userId } = command
  const refused = refusal(state, command.by, { action: 'own' })
  if (refused) return reject(refused)
  const owner = state.room.spec.owner_id
  if (owner === userId) return answer('transfer_ownership', presentRoom(state, state.room))
  if (!state.seats.has(userId) && !state.roles.has(userId)) return reject('PARTICIPANT_NOT_FOUND')
  // The new owner's entry makes room for the old one's.
  if (!state.roles.has(userId) && isFull(state, owner)) return reject('TOO_MANY_ROLES')
  const event: RoomEvent = {
    type: 'ownership.transferred',
    v: 1,
    from_user_id: owner,
    to_user_id: userId,
    by: command.by.user_id,
  }
  const after = evolve(state, event, nowMs)
  return answer('transfer_ownership', presentRoom(after, after.room ?? state.room), {
    events: [event],
    ...retold(after, [owner, userId]),
  })
}

/** Journals nothing; a closed room is asked for what is kept of it. */
export function authorize(state: RoomState, command: CommandOf<'authorize'>): RoomDecision {
  const refused = refusal(state, command.by, { permission: command.permission })
  return refused ? reject(refused) : answer('authorize', null)
}

/** While everyone is muted, whom that means goes by the role: those whose changed are shown anew. */
function retold(after: RoomState, users: readonly UserId[]): Pick<RoomDecision, 'changes' | 'pushes'> {
  if (!isMutedAsAWhole(after)) return { changes: [], pushes: [] }
  const seats = users.flatMap((user) => seatsOf(after, user))
  const { changes, pushes } = silenced(after, seats)
  const quiet = new Set(changes.map((change) => (change.change === 'presence' ? change.sessionId : null)))
  const others = seats.filter(({ sessionId }) => !quiet.has(sessionId))
  return {
    changes,
    pushes: [
      ...pushes,
      ...others.map((seat) => push('all', { type: 'presence', participant: presentSeat(after, seat) })),
    ],
  }
}

const isFull = (state: RoomState, user: UserId): boolean => !state.roles.has(user) && state.roles.size >= rolesMax
