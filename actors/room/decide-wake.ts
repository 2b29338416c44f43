import type { Push } from '../../cluster/actor-runtime/definition.ts'
import type { RoomEvent } from '../../protocol/room/events.ts'
import { isDue } from '../sanction-book.ts'
import { answer, graceMs, sessionEnded, type RoomDecision, type Rules } from './decision.ts'
import { ended, warning } from './decide-life.ts'
import { meshOfActivation, planMesh } from './decide-mesh.ts'
import { inviteExpired } from './decide-invite-expiry.ts'
import { expired } from './decide-sanctions.ts'
import { left } from './decide-seats.ts'
import { dueInvites } from './invites.ts'
import { dueEnd } from './life.ts'
import { seatOfSession } from './state.ts'
import type { RoomState } from './state.ts'
import { widerDue } from './wider.ts'

/**
 * Events that one wake makes at the most, so that one journal row stays small when a whole crowd lapses at once. What is
 * left over is still due, so the next wake follows at once.
 */
export const wakeEventsMax = 1_000

/** The alarm: ends the room or warns of its end, lifts sanctions, ends invites, lapses seats and plans links, as their time has come. */
export function wake(state: RoomState, { nowMs }: Rules): RoomDecision {
  if (state.room?.status !== 'active') return answer('wake', null)
  const end = dueEnd(state, nowMs)
  if (end) return answer('wake', null, ended(state, end, 'actor'))
  const { changes, pushes: warnings } = warning(state, nowMs)
  const mesh = planMesh(state, nowMs)
  const events: RoomEvent[] = []
  const pushes: Push[] = [...warnings, ...mesh.pushes]
  for (const running of state.sanctions.values()) {
    if (events.length >= wakeEventsMax) break
    if (isDue(running, nowMs)) events.push(expired(running, 'actor'))
  }
  for (const userId of widerDue(state, nowMs)) {
    if (events.length >= wakeEventsMax) break
    events.push({ type: 'wider_sanctions.expired', v: 1, user_id: userId })
  }
  for (const invite of dueInvites(state.invites, nowMs)) {
    if (events.length >= wakeEventsMax) break
    events.push(inviteExpired(invite.inviteId, 'actor'))
  }
  for (const [session, { lapseAtMs }] of state.presence) {
    if (events.length >= wakeEventsMax) break
    const seat = lapseAtMs !== null && lapseAtMs <= nowMs ? seatOfSession(state, session) : undefined
    if (!seat) continue
    events.push(left(seat, 'lapsed'))
    pushes.push(sessionEnded(session, 'lapsed'))
  }
  return answer('wake', null, { events, changes: [...changes, ...mesh.changes], pushes })
}

/** A fresh activation: connections are told again by the gateways, and a seat for which none speaks lapses. */
export function activated(state: RoomState, rules: Rules): RoomDecision {
  if (state.seats.size === 0) return answer('activated', null)
  return answer('activated', null, {
    changes: [
      { change: 'all_unattached', lapseAtMs: rules.nowMs + graceMs(state, rules) },
      ...meshOfActivation(state, rules.nowMs),
    ],
  })
}
