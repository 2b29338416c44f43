import { Type } from '@sinclair/typebox'
import { MessageType } from './values.ts'

/** What a client says of a WebRTC message; whether it fits its type is for `checkedSignal` to say. */
export const signalBody = {
  message_type: MessageType,
  sdp: Type.Optional(Type.String({ maxLength: 14_000 })),
  candidate: Type.Optional(Type.String({ maxLength: 2_000 })),
  sdp_mid: Type.Optional(Type.String({ maxLength: 64 })),
  sdp_mline_index: Type.Optional(Type.Integer({ minimum: 0, maximum: 255 })),
}

/** The same as it is handed on, with the bounds of whatever version took it. */
export const heardSignalBody = {
  message_type: MessageType,
  sdp: Type.Optional(Type.String()),
  candidate: Type.Optional(Type.String()),
  sdp_mid: Type.Optional(Type.String()),
  sdp_mline_index: Type.Optional(Type.Integer()),
}
