import type { SessionFacts, SignalFacts } from '../persistence/call-records/port.ts'
import type { Signal } from '../protocol/room/commands.ts'
import type { RoomReplies } from '../protocol/room/replies.ts'

/** What of a signal that its room has taken goes into the records. */
export const signalFacts = (
  from: SessionFacts,
  message: Pick<Signal, 'to_user' | 'message_type' | 'sdp' | 'candidate'>,
  answer: RoomReplies['signal'],
): SignalFacts => ({
  from,
  toUser: message.to_user,
  toSession: answer.delivered_to,
  messageType: message.message_type,
  sdp: message.sdp,
  candidate: message.candidate,
  isReliable: answer.connected,
})
