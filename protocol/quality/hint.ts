import type { Static } from '@sinclair/typebox'
import { oneOf } from '../schema.ts'

/** What a client may do about how it hears; the worst trouble first. */
export const Hint = oneOf(['reconnect_audio', 'use_relay', 'lower_bitrate'])
export type Hint = Static<typeof Hint>

/** Which figure of its reports it was. */
export const HintReason = oneOf(['loss', 'jitter', 'round_trip'])
export type HintReason = Static<typeof HintReason>
