import { AppError } from '../errors.ts'
import type { Signal } from '../room/commands.ts'
import { isCandidate } from './candidate.ts'
import { reads, token } from './rules.ts'
import { readSdp } from './sdp.ts'

type Body = Pick<Signal, 'message_type' | 'sdp' | 'candidate' | 'sdp_mid'>

/** Which of the two a type of message carries. */
const carries: Readonly<Record<Signal['message_type'], { sdp: Presence; candidate: Presence }>> = {
  offer: { sdp: 'must', candidate: 'never' },
  answer: { sdp: 'must', candidate: 'never' },
  renegotiate: { sdp: 'may', candidate: 'never' },
  ice_restart: { sdp: 'may', candidate: 'never' },
  candidate: { sdp: 'never', candidate: 'must' },
  end_of_candidates: { sdp: 'never', candidate: 'may' },
}
type Presence = 'must' | 'may' | 'never'

const midRule = token(64)

/**
 * The message as it may be handed on: what it carries fits its type, a description is one of audio, a candidate is one. Throws
 * SIGNAL_INVALID with the field, the reason and, for a description, the line. The same for REST and the socket.
 */
export function checkedSignal<Message extends Body>(message: Message): Message {
  const { message_type: type, sdp, candidate, sdp_mid: mid } = message
  mindPresence('sdp', sdp, carries[type].sdp)
  mindPresence('candidate', candidate, carries[type].candidate)
  if (mid !== undefined && mid !== '' && !reads(midRule, mid, 0, mid.length)) refuse('sdp_mid', 'it is not a token')
  // An empty one ends the candidates of a round.
  if (candidate !== undefined && candidate !== '') {
    if (type === 'end_of_candidates') refuse('candidate', 'the candidates have ended')
    if (!isCandidate(candidate)) refuse('candidate', 'it is not a candidate of RFC 8839')
  }
  if (sdp === undefined) return message
  const read = readSdp(sdp)
  if ('reason' in read) refuse('sdp', read.reason, read.line)
  return read.omitted === 0 ? message : { ...message, sdp: read.sdp }
}

function mindPresence(field: string, value: string | undefined, presence: Presence): void {
  if (value === undefined && presence === 'must') refuse(field, 'it is missing')
  if (value !== undefined && presence === 'never') refuse(field, 'a message of this type has none')
}

function refuse(field: string, reason: string, line?: number): never {
  throw new AppError('SIGNAL_INVALID', { field, reason, ...(line === undefined ? {} : { line }) })
}
