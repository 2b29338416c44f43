import type { ActorRouter, AskOptions, DatagramRouter, HeldSession, IncomingPush } from '../../cluster/routing/port.ts'
import type { CommandResult, Position } from '../../protocol/cluster/results.ts'
import type { ErrorCode } from '../../protocol/errors.ts'
import type { ActorKey, SessionId } from '../../protocol/ids.ts'
import type { RoomCommand } from '../../protocol/room/commands.ts'

/** One command as a gateway asked it. */
export interface Asked {
  readonly key: ActorKey
  readonly command: RoomCommand
  readonly options: AskOptions
}

export const at: Position = { epoch: 1, seq: 1 }
export const ok = (value: unknown, where: Position = at): CommandResult => ({ status: 'ok', at: where, value })
export const rejected = (code: ErrorCode): CommandResult => ({ status: 'rejected', at, code })
export const retryAfter = (code: ErrorCode, afterMs = 100): CommandResult => ({ status: 'retry_after', code, afterMs })

export type Answer = CommandResult | Promise<CommandResult>

/** A way to rooms that a test writes: what is asked is kept, what is answered is looked up by the command's type. */
export class ScriptedRouter implements ActorRouter, DatagramRouter {
  readonly asked: Asked[] = []
  readonly held = new Map<SessionId, { readonly session: HeldSession; readonly attachedEpoch: number }>()
  readonly #answers = new Map<string, (asked: Asked) => Answer>()

  constructor() {
    this.on('attach', ({ command }) =>
      ok({ session_id: 'session_id' in command ? command.session_id : '', role: 'member', last_signal_seq: 0 }),
    )
    this.on('detach', () => ok(null))
  }

  /** From now on commands of this type are answered so. */
  on(type: RoomCommand['type'], answer: (asked: Asked) => Answer): this {
    this.#answers.set(type, answer)
    return this
  }

  ofType<Type extends RoomCommand['type']>(type: Type) {
    return this.asked.filter(
      (asked): asked is Asked & { command: Extract<RoomCommand, { type: Type }> } => asked.command.type === type,
    )
  }

  ask(key: ActorKey, command: unknown, options: AskOptions): Promise<CommandResult> {
    const asked: Asked = { key, command: command as RoomCommand, options }
    this.asked.push(asked)
    const answer = this.#answers.get(asked.command.type)
    return Promise.resolve(answer ? answer(asked) : rejected('ROOM_NOT_FOUND'))
  }

  hold(_key: ActorKey, session: SessionId, held: HeldSession, attachedEpoch: number): void {
    this.held.set(session, { session: held, attachedEpoch })
  }

  letGo(_key: ActorKey, session: SessionId): void {
    this.held.delete(session)
  }

  /** Says that it was sent. */
  datagram(): boolean {
    return true
  }

  knownOwner(): null {
    return null
  }

  close(): Promise<void> {
    return Promise.resolve()
  }

  /** A push of that room for every session held, as the real router expands it. */
  pushToAll(key: ActorKey, where: Position, body: unknown): IncomingPush {
    return { key, at: where, sessions: [...this.held.keys()], body }
  }
}
