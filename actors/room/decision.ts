import type { Decision, Push } from '../../cluster/actor-runtime/definition.ts'
import type { ErrorCode } from '../../protocol/errors.ts'
import type { RoomCommand } from '../../protocol/room/commands.ts'
import type { RoomEvent } from '../../protocol/room/events.ts'
import type { DecidedReplies } from '../../protocol/room/replies.ts'
import type { RoomPush } from '../../protocol/room/view.ts'
import type { CommandId, SessionId } from '../../protocol/ids.ts'
import type { RoomChange } from './evolve.ts'
import { settingsOf } from './state.ts'
import type { RoomFacts, RoomState } from './state.ts'

export type RoomDecision = Decision<RoomEvent, RoomChange>
export type CommandOf<Type extends RoomCommand['type']> = Extract<RoomCommand, { type: Type }>

/** A room that was created and is not closed: what every command but create and view asks for. */
export type LiveRoom = RoomState & { readonly room: RoomFacts }

/** What a rule needs beside state and command. */
export interface Rules {
  /** Unix ms. */
  readonly nowMs: number
  /** How long a seat without a connection stays where the room says nothing else. Ms. */
  readonly joinGraceMs: number
  /** Of this life of the room. */
  readonly epoch: number
  readonly commandId: CommandId
}

/** How long a seat without a connection stays in this room. Ms. */
export const graceMs = ({ room }: RoomState, { joinGraceMs }: Rules): number =>
  (room && settingsOf(room).departureGraceMs) ?? joinGraceMs

/** Carries on with `value` as the answer to a command of that type. */
export const answer = <Type extends keyof DecidedReplies>(
  _type: Type,
  value: DecidedReplies[Type],
  more: Partial<Omit<RoomDecision, 'reply'>> = {},
): RoomDecision => ({ events: [], changes: [], pushes: [], ...more, reply: { ok: value } })

export const reject = (code: ErrorCode, data?: Record<string, unknown>): RoomDecision => ({
  events: [],
  changes: [],
  pushes: [],
  reply: { reject: code, ...(data ? { data } : {}) },
})

/** A push whose body is checked against what sockets know. */
export const push = (to: Push['to'], body: RoomPush): Push => ({ to, body })

export const sessionEnded = (
  session: SessionId,
  reason: Extract<RoomPush, { type: 'session_ended' }>['reason'],
): Push => push([session], { type: 'session_ended', session_id: session, reason })
