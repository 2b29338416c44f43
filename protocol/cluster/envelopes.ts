import { Type, type Static } from '@sinclair/typebox'
import { CommandId, SessionId, type Incarnation, type ProcessId } from '../ids.ts'
import { strict } from '../tagged-union.ts'

/** Payload of a `command` frame. The command itself is checked by the actor's definition. */
export const CommandEnvelope = strict({
  id: CommandId,
  command: Type.Unknown(),
  subscribe: Type.Optional(SessionId),
  /** The position up to which the subscribed session has heard everything. Absent: it has heard nothing. */
  since: Type.Optional(strict({ epoch: Type.Integer({ minimum: 0 }), seq: Type.Integer({ minimum: 0 }) })),
  unsubscribe: Type.Optional(SessionId),
  /** False: do not wake an actor that nobody owns. */
  activate: Type.Boolean(),
})
export type CommandEnvelope = Static<typeof CommandEnvelope>

/** Payload of a `push` frame: which of the receiver's sessions it is for. */
export const PushEnvelope = strict({
  to: Type.Union([Type.Literal('all'), Type.Array(SessionId)]),
  body: Type.Unknown(),
  /** The first push to a session that was subscribed by that command: pushes ahead of it are not for the session. */
  opens: Type.Optional(CommandId),
})
export type PushEnvelope = Static<typeof PushEnvelope>

/** Payload of a `notOwner` frame: the owner as the sender sees it, null for nobody. */
export const NotOwnerEnvelope = strict({
  owner: Type.Unsafe<{ process: ProcessId; incarnation: Incarnation; epoch: number } | null>({
    type: ['object', 'null'],
    properties: {
      process: { type: 'string' },
      incarnation: { type: 'string' },
      epoch: { type: 'integer' },
    },
    required: ['process', 'incarnation', 'epoch'],
    additionalProperties: false,
  }),
})
export type NotOwnerEnvelope = Static<typeof NotOwnerEnvelope>
