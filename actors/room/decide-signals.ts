import type { Signal } from '../../protocol/room/commands.ts'
import type { RoomPush } from '../../protocol/room/view.ts'
import { relayedDescription, relayedOnly } from '../../protocol/signaling/relay-only.ts'
import { inUse } from './decide-presence.ts'
import { mayLink } from './decide-mesh.ts'
import { answer, push, reject, type LiveRoom, type RoomDecision, type Rules } from './decision.ts'
import { presenceOf, seatOfSession, settingsOf } from './state.ts'

/** Signaling: volatile, nothing here is journaled. */

/** Goes to the receiver's session alone. A sender without a connection (REST) shows by it that the seat is in use. */
export function signal(state: LiveRoom, command: Signal, rules: Rules): RoomDecision {
  const sender = seatOfSession(state, command.session_id)
  if (sender?.userId !== command.from_user) return reject('SESSION_NOT_FOUND')
  const receiver = state.seats.get(command.to_user)
  if (!receiver) return reject('PARTICIPANT_NOT_FOUND')
  if (!mayLink(state, sender.sessionId, receiver.sessionId, rules.nowMs)) return reject('NOT_LINKED')
  const { body, dropped } =
    settingsOf(state.room).icePolicy === 'relay' ? relayed(command) : { body: command, dropped: 0 }
  return answer(
    'signal',
    {
      delivered_to: receiver.sessionId,
      connected: presenceOf(state, receiver.sessionId).connected,
      dropped_candidates: dropped,
    },
    {
      changes: inUse(state, sender.sessionId, rules),
      pushes: body ? [push([receiver.sessionId], signalPush(body, receiver.sessionId))] : [],
    },
  )
}

/** What of it goes on where every address but a relay's is kept back; `body` null: nothing. */
function relayed(command: Signal): { readonly body: Signal | null; readonly dropped: number } {
  if (command.sdp !== undefined) {
    const { text, dropped } = relayedDescription(command.sdp)
    return { body: { ...command, sdp: text }, dropped }
  }
  if (command.candidate === undefined) return { body: command, dropped: 0 }
  const { text, dropped } = relayedOnly(command.candidate)
  return { body: text === null ? null : { ...command, candidate: text }, dropped }
}

const signalPush = (command: Signal, to: Signal['session_id']): RoomPush => ({
  type: 'signal',
  session_id: to,
  from_session: command.session_id,
  from_user: command.from_user,
  message_type: command.message_type,
  ...(command.sdp === undefined ? {} : { sdp: command.sdp }),
  ...(command.candidate === undefined ? {} : { candidate: command.candidate }),
  ...(command.sdp_mid === undefined ? {} : { sdp_mid: command.sdp_mid }),
  ...(command.sdp_mline_index === undefined ? {} : { sdp_mline_index: command.sdp_mline_index }),
})
