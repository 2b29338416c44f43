import { Type, type Static } from '@sinclair/typebox'
import { SessionId, UserId } from '../ids.ts'
import { list, oneOf } from '../schema.ts'
import { strict } from '../tagged-union.ts'
import { Principal } from './values.ts'

/** Users to whom somebody may whisper at once. */
export const whisperMax = 16

export const WhisperTo = list(UserId, { minItems: 1, maxItems: whisperMax })

/** Whom in a room a seat's microphone is for: everyone, those of `users`, or nobody, since its user speaks elsewhere. */
export const Transmit = strict({
  to: oneOf(['room', 'whisper', 'none']),
  /** With `whisper` alone. */
  users: Type.Optional(WhisperTo),
})
export type Transmit = Static<typeof Transmit>

/** As one other participant sees it: `whisper` for those who are whispered to and for the whisperer, `none` for all others then. */
export const Transmits = oneOf(['room', 'whisper', 'none'])
export type Transmits = Static<typeof Transmits>

/** Says whom in the room the microphone of this seat is for from now on. */
export const SetTransmit = strict({
  type: Type.Literal('set_transmit'),
  by: Principal,
  session_id: SessionId,
  transmit: Transmit,
})

/** Users who may speak into one room from others at once. */
export const broadcastersMax = 8

/** Asks whether the holder of this seat may speak from here into the rooms that are linked to this one. Journals nothing. */
export const CheckBroadcast = strict({ type: Type.Literal('check_broadcast'), by: Principal, session_id: SessionId })
