import { AppError, errorRow } from '../../protocol/errors.ts'
import type { RoomId, UserId } from '../../protocol/ids.ts'
import type { Transmit } from '../../protocol/room/transmit.ts'
import type { CarriedSession } from './session-table.ts'

/** What a client asks for: one room, some users in it, no room, one with those linked to it, or all of them as at the beginning. */
export interface WantedTarget {
  readonly to: 'room' | 'whisper' | 'none' | 'all' | 'linked'
  readonly users?: readonly UserId[]
}

const inRoom: Transmit = { to: 'room' }
const nowhere: Transmit = { to: 'none' }

/**
 * Which of a connection's rooms hears its microphone: all of them until the client names one, then that one or none. Who leaves the
 * room that was named speaks nowhere: what was said to friends must not go to a guild by itself. A connection that carries no
 * room any more begins anew. Rooms into which it speaks from another one hear it only with `linked`: `all` does not mean them.
 */
export class TransmitTarget {
  #target: RoomId | 'all' | 'none' = 'all'
  /** The rooms linked to the target hear it too. */
  #isLinked = false
  #turn: Promise<unknown> = Promise.resolve()

  /** What a session in this room begins with; null where nothing was said. */
  ofNew({ roomId, speaksFrom }: CarriedSession): Transmit | null {
    if (speaksFrom !== null) return this.#isLinked && this.#target === speaksFrom ? inRoom : nowhere
    if (this.#target === 'all') return null
    return this.#target === roomId ? inRoom : nowhere
  }

  /** The connection does not carry that room any more. */
  left(room: RoomId, remaining: number): void {
    if (remaining === 0) this.#target = 'all'
    else if (this.#target === room) this.#target = 'none'
  }

  /**
   * Changes the target, one change after the other. `session` is in the room that is named; it is told first, so that what it
   * refuses changes nothing, then the `others`. `tell` hands the session's `transmit` to its room. Rejects with what any of them
   * says that may pass: the client asks again, and it all is said again.
   */
  change<Done>(
    session: CarriedSession,
    others: () => readonly CarriedSession[],
    wanted: WantedTarget,
    tell: (session: CarriedSession) => Promise<Done>,
  ): Promise<Done> {
    const work = () => this.#change(session, others, wanted, tell)
    const turn = this.#turn.then(work, work)
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  #ofOther(session: CarriedSession): Transmit {
    return this.ofNew(session) ?? inRoom
  }

  async #change<Done>(
    session: CarriedSession,
    others: () => readonly CarriedSession[],
    wanted: WantedTarget,
    tell: (session: CarriedSession) => Promise<Done>,
  ): Promise<Done> {
    const before = session.transmit
    session.transmit = transmitOf(wanted)
    let done: Done
    try {
      done = await tell(session)
    } catch (error) {
      if (!mayPass(error)) session.transmit = before
      throw error
    }
    this.#target = wanted.to === 'all' || wanted.to === 'none' ? wanted.to : session.roomId
    const rest = others()
    this.#isLinked = wanted.to === 'linked'
    for (const other of rest) other.transmit = this.#ofOther(other)
    const told = await Promise.allSettled(rest.map(tell))
    const failed = told.find((one) => one.status === 'rejected' && mayPass(one.reason))
    if (failed?.status === 'rejected') throw failed.reason
    return done
  }
}

function transmitOf({ to, users }: WantedTarget): Transmit {
  if ((to === 'whisper') !== (users !== undefined)) throw new AppError('VALIDATION_FAILED', { field: 'users' })
  if (to === 'whisper' && users) return { to, users }
  return to === 'none' ? nowhere : inRoom
}

/** A room that refuses for good has no seat of ours any more. */
const mayPass = (error: unknown): boolean => !(error instanceof AppError) || errorRow(error.code).retry
