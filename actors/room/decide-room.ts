import type { RoomChanges } from '../../protocol/room/commands.ts'
import type { RoomEvent } from '../../protocol/room/events.ts'
import {
  answer,
  reject,
  sessionEnded,
  type CommandOf,
  type LiveRoom,
  type RoomDecision,
  type Rules,
} from './decision.ts'
import { left } from './decide-seats.ts'
import { evolve } from './evolve.ts'
import { refusal } from './policy.ts'
import { presentRoom, presentSnapshot } from './present.ts'
import type { RoomState, Seat } from './state.ts'
import { misfitOfChanges, misfitOfSpec } from './type-rules.ts'

/** The room itself: made, changed, closed, read. */

export function create(state: RoomState, command: CommandOf<'create'>, { nowMs }: Rules): RoomDecision {
  if (state.room) return reject(state.room.status === 'closed' ? 'ROOM_CLOSED' : 'ROOM_EXISTS')
  const refused = refusal(state, command.by, { action: 'create', spec: command.spec })
  if (refused) return reject(refused)
  const misfit = misfitOfSpec(state.roomId, command.spec, nowMs)
  if (misfit) return reject('VALIDATION_FAILED', misfit)
  return changed('create', state, { type: 'room.created', v: 1, by: command.by.user_id, spec: command.spec }, nowMs)
}

/** The capacity may go below the seats that are taken: nobody is sent away, and nobody new comes in. */
export function update(state: LiveRoom, command: CommandOf<'update'>, { nowMs }: Rules): RoomDecision {
  const refused =
    refusal(state, command.by, { permission: 'update_room' }) ??
    // Whoever may change this may everything.
    (command.changes.permissions === undefined ? null : refusal(state, command.by, { action: 'own' }))
  if (refused) return reject(refused)
  const misfit = misfitOfChanges(state.roomId, state.room.spec.room_type, command.changes, nowMs)
  if (misfit) return reject('VALIDATION_FAILED', misfit)
  if (Object.keys(command.changes).length === 0) return answer('update', presentRoom(state, state.room))
  const event: RoomEvent = { type: 'room.updated', v: 1, by: command.by.user_id, changes: command.changes }
  return changed('update', state, event, nowMs, unlinked(state, command.changes))
}

export function close(state: LiveRoom, command: CommandOf<'close'>, { nowMs }: Rules): RoomDecision {
  const refused = refusal(state, command.by, { permission: 'close_room' })
  if (refused) return reject(refused)
  const event: RoomEvent = { type: 'room.closed', v: 1, by: command.by.user_id, reason: command.reason }
  const decision = changed('close', state, event, nowMs)
  return { ...decision, pushes: Array.from(state.sessions.keys(), (session) => sessionEnded(session, 'room_closed')) }
}

export function view(state: RoomState, command: CommandOf<'view'>): RoomDecision {
  if (!state.room) return reject('ROOM_NOT_FOUND')
  const refused = command.as === null ? null : refusal(state, command.as, { action: 'view' })
  return refused ? reject(refused) : answer('view', presentSnapshot(state, state.room))
}

/** Those who speak into the room from another one than it is linked to from now on. */
const unlinked = ({ seats, broadcasters }: LiveRoom, { parent_room_id: parent }: RoomChanges): readonly Seat[] =>
  parent === undefined
    ? []
    : [...broadcasters].flatMap((user) => seats.get(user) ?? []).filter(({ speaksFrom }) => speaksFrom !== parent)

/** `gone` lose their seats by it. */
function changed(
  type: 'create' | 'update' | 'close',
  state: RoomState,
  event: RoomEvent,
  nowMs: number,
  gone: readonly Seat[] = [],
): RoomDecision {
  const events = [event, ...gone.map((seat) => left(seat, 'unlinked'))]
  const after = events.reduce((before, each) => evolve(before, each, nowMs), state)
  const pushes = gone.map(({ sessionId }) => sessionEnded(sessionId, 'unlinked'))
  return after.room ? answer(type, presentRoom(after, after.room), { events, pushes }) : reject('ROOM_NOT_FOUND')
}
