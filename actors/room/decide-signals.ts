import type { KeptSignal, Signal, SignalsHeard } from '../../protocol/room/commands.ts'
import { relayedDescription, relayedOnly } from '../../protocol/signaling/relay-only.ts'
import { mayLink } from './decide-mesh.ts'
import { answer, push, reject, type LiveRoom, type RoomDecision, type Rules } from './decision.ts'
import { inUse } from './in-use.ts'
import {
  firstSeq,
  lastSeq,
  markOf,
  takenBefore,
  withKept,
  withoutHeard,
  withTaken,
  type SignalBook,
  type SignalPush,
} from './signal-book.ts'
import { presenceOf, seatOfSession, settingsOf, type RoomState, type Seat } from './state.ts'

/** Signaling: volatile, nothing here is journaled. */

/**
 * Goes to the receiver's session alone, and is kept until that has confirmed it. A sender without a connection (REST) shows by it that
 * the seat is in use. One that comes again under its command's id is answered as before and goes nowhere.
 */
export function signal(state: LiveRoom, command: Signal, rules: Rules): RoomDecision {
  const sender = seatOfSession(state, command.session_id)
  if (sender?.userId !== command.from_user) return reject('SESSION_NOT_FOUND')
  // In a fresh life what the sender's gateway has kept comes first, with its attach.
  const { connection_id: connection } = command
  if (connection !== undefined && presenceOf(state, sender.sessionId).connection !== connection) {
    return reject('RETRY_LATER')
  }
  const before = takenBefore(state.signals, sender.sessionId, rules.commandId)
  if (before) return answer('signal', replyOf(state, before))
  const receiver = state.seats.get(command.to_user)
  if (!receiver) return reject('PARTICIPANT_NOT_FOUND')
  if (!mayLink(state, sender.sessionId, receiver.sessionId, rules.nowMs)) return reject('NOT_LINKED')
  const { body, dropped } = handedOn(state, command)
  const seq = nextSeq(state, sender, command.signal_seq, rules)
  const { commandId } = rules
  const taken = { commandId, mark: markOf(commandId), to: receiver.sessionId, seq, dropped }
  const kept = body && signalPush(body, sender, receiver.sessionId, seq)
  return answer('signal', replyOf(state, taken), {
    changes: [
      { change: 'signals', signals: withTaken(state.signals, sender.sessionId, taken, kept) },
      ...inUse(state, sender.sessionId, rules),
    ],
    pushes: kept ? [push([receiver.sessionId], kept)] : [],
  })
}

/**
 * What the sender's gateway says, unless that was given already: a signal that an earlier life may have handed on keeps its number, by
 * which its receiver knows it again.
 */
function nextSeq(state: LiveRoom, { sessionId }: Seat, proposed: number | undefined, { epoch }: Rules): number {
  const top = state.signals.sent.get(sessionId)?.top
  if (top === undefined) return proposed ?? firstSeq(epoch)
  return Math.max(proposed ?? 0, top + 1)
}

const replyOf = (state: RoomState, { to, seq, dropped }: { to: Seat['sessionId']; seq: number; dropped: number }) => ({
  delivered_to: to,
  connected: presenceOf(state, to).connected,
  dropped_candidates: dropped,
  signal_seq: seq,
})

/** What a sender's gateway has kept and this life has not heard: for those who hold the seats still that it was for. */
export function takeUnconfirmed(
  state: LiveRoom,
  sender: Seat,
  kept: readonly KeptSignal[],
  { epoch }: Rules,
): { readonly signals: SignalBook; readonly pushes: RoomDecision['pushes'] } {
  let { signals } = state
  let last = lastSeq(signals, sender.sessionId, 0)
  const pushes: RoomDecision['pushes'][number][] = []
  for (const { to_session: to, signal_seq: seq, ...message } of kept) {
    // Numbers above are another life's: that gateway has heard of one which this room has not lived yet.
    if (seq <= last || seq >= firstSeq(epoch + 1)) continue
    last = seq
    if (!state.sessions.has(to)) continue
    const body = handedOn(state, message).body
    if (!body) continue
    const signalled = signalPush(body, sender, to, seq)
    signals = withKept(signals, signalled)
    pushes.push(push([to], signalled))
  }
  return { signals, pushes }
}

/** What goes to a session again that may not have heard it; under the policy of now. */
export function unheardOf(state: RoomState, session: Seat['sessionId']): readonly SignalPush[] {
  const signals = state.signals.unheard.get(session)?.signals ?? []
  if (!isLive(state) || signals.length === 0 || settingsOf(state.room).icePolicy === 'all') return signals
  return signals.flatMap((signal) => {
    const { body } = handedOn(state, signal)
    return body ? [{ ...signal, ...body }] : []
  })
}

const isLive = (state: RoomState): state is LiveRoom => state.room !== null

/** The senders' gateways are told what they need not keep any more. */
export function signalsHeard(state: LiveRoom, command: SignalsHeard): RoomDecision {
  const { session_id: session, heard } = command
  let { signals } = state
  const senders: { readonly session_id: Seat['sessionId']; readonly signal_seq: number }[] = []
  for (const { from_session: from, signal_seq: seq } of heard) {
    const rest = withoutHeard(signals, session, from, seq)
    if (rest === signals) continue
    signals = rest
    senders.push({ session_id: from, signal_seq: seq })
  }
  if (senders.length === 0) return answer('signals_heard', null)
  // One push for all: a process that carries several of them gets it once.
  const to = senders.map(({ session_id: from }) => from)
  return answer('signals_heard', null, {
    changes: [{ change: 'signals', signals }],
    pushes: [push(to, { type: 'signals_confirmed', by: session, senders })],
  })
}

type Message = Pick<Signal, 'message_type' | 'sdp' | 'candidate' | 'sdp_mid' | 'sdp_mline_index'>

/** What of it goes on: where audio is relayed alone, every address but a relay's is kept back. `body` null: nothing. */
function handedOn({ room }: LiveRoom, message: Message): { readonly body: Message | null; readonly dropped: number } {
  if (settingsOf(room).icePolicy === 'all') return { body: message, dropped: 0 }
  if (message.sdp !== undefined) {
    const { text, dropped } = relayedDescription(message.sdp)
    return { body: { ...message, sdp: text }, dropped }
  }
  if (message.candidate === undefined) return { body: message, dropped: 0 }
  const { text, dropped } = relayedOnly(message.candidate)
  return { body: text === null ? null : { ...message, candidate: text }, dropped }
}

const signalPush = (message: Message, sender: Seat, to: SignalPush['session_id'], seq: number): SignalPush => ({
  type: 'signal',
  session_id: to,
  from_session: sender.sessionId,
  from_user: sender.userId,
  message_type: message.message_type,
  ...(message.sdp === undefined ? {} : { sdp: message.sdp }),
  ...(message.candidate === undefined ? {} : { candidate: message.candidate }),
  ...(message.sdp_mid === undefined ? {} : { sdp_mid: message.sdp_mid }),
  ...(message.sdp_mline_index === undefined ? {} : { sdp_mline_index: message.sdp_mline_index }),
  signal_seq: seq,
})
