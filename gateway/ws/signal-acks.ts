import { AppError, errorRow } from '../../protocol/errors.ts'
import { commandId } from '../../protocol/ids.ts'
import type { Logger, Random, Timers } from '../../protocol/ports.ts'
import type { Rooms } from '../rooms.ts'
import type { CarriedSession, SessionTable } from './session-table.ts'

export interface SignalAcksDeps {
  readonly rooms: Rooms
  readonly sessions: SessionTable
  readonly timers: Timers
  readonly random: Random
  readonly logger: Logger
}

/** How long confirmations are collected. A call is set up by some twenty signals a pair, within a second or two. Ms. */
export const ackEveryMs = 300
/** Until rooms that could not be told are told again, ms. */
const againMs = 1_000
/** Senders in one command. */
const heardMax = 64

/**
 * Tells rooms what clients have confirmed, so that neither they nor the senders' gateways keep it longer. Confirmations are collected:
 * one command holds those of one session, so a signal costs a fraction of a command. None that is lost does harm: what is not
 * confirmed is sent again at the next change of the owner or the socket, known by its number, and confirmed again.
 */
export class SignalAcks {
  readonly #deps: SignalAcksDeps
  readonly #waiting = new Set<CarriedSession>()
  #isArmed = false

  constructor(deps: SignalAcksDeps) {
    this.#deps = deps
  }

  /** The session's client has confirmed something. */
  note(session: CarriedSession): void {
    this.#waiting.add(session)
    this.#arm(ackEveryMs)
  }

  #arm(delayMs: number): void {
    if (this.#isArmed) return
    this.#isArmed = true
    this.#deps.timers.after(delayMs, () => this.#flush())
  }

  #flush(): void {
    this.#isArmed = false
    const sessions = [...this.#waiting]
    this.#waiting.clear()
    for (const session of sessions) {
      if (this.#deps.sessions.get(session.id) === session) void this.#tell(session)
    }
  }

  async #tell(session: CarriedSession): Promise<void> {
    const heard = session.hearing.take(heardMax)
    if (heard.length === 0) return
    const command = { type: 'signals_heard', session_id: session.id, heard } as const
    const { rooms, random, logger } = this.#deps
    try {
      await rooms.ask(session.roomId, command, {
        commandId: commandId(`heard:${session.id}`, random.uuid()),
        activate: false,
      })
    } catch (error) {
      const code = error instanceof AppError ? error.code : 'INTERNAL'
      if (!errorRow(code).retry) {
        logger.debug({ room_id: session.roomId, session_id: session.id, code }, 'signals.not_confirmed')
        return
      }
      session.hearing.untake(heard)
      this.#waiting.add(session)
      this.#arm(againMs)
      return
    }
    if (session.hearing.hasUnsaid) this.note(session)
  }
}
