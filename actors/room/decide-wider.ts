import { inForce, areSame, has, widerOf } from './wider.ts'
import { answer, sessionEnded, type CommandOf, type LiveRoom, type RoomDecision, type Rules } from './decision.ts'
import { silenced } from './decide-sanctions.ts'
import { left } from './decide-seats.ts'
import { evolve } from './evolve.ts'
import type { RoomEvent } from '../../protocol/room/events.ts'

/** What of sanctions beyond the room reaches those in it. Who has no seat is told at the door. */
export function knowWider(state: LiveRoom, command: CommandOf<'know_wider'>, { nowMs }: Rules): RoomDecision {
  const seat = state.seats.get(command.user_id)
  const sanctions = inForce(command.wider, nowMs)
  if (!seat || areSame(sanctions, inForce(widerOf(state, seat.userId), nowMs))) {
    return answer('know_wider', { changed: false })
  }
  const known: RoomEvent = { type: 'wider_sanctions.known', v: 1, user_id: seat.userId, sanctions }
  if (has(sanctions, 'ban')) {
    const pushes = [sessionEnded(seat.sessionId, 'banned')]
    return answer('know_wider', { changed: true }, { events: [known, left(seat, 'banned')], pushes })
  }
  return answer('know_wider', { changed: true }, { events: [known], ...silenced(evolve(state, known, nowMs), [seat]) })
}
