import { AppError } from '../../protocol/errors.ts'
import type { RoomId } from '../../protocol/ids.ts'
import type { PublicRoomEvent } from '../../protocol/room/view.ts'
import { principal } from '../acting-user.ts'
import type { Caller } from '../auth/index.ts'
import type { Rooms } from '../rooms.ts'
import type { CarriedRooms } from './carried-rooms.ts'
import type { CarriedSession } from './session-table.ts'

export interface BroadcastsDeps {
  readonly rooms: Rooms
  readonly carried: CarriedRooms
  /** Whose connection it is now; null for nobody any more. */
  readonly caller: () => Caller | null
  /** Tells the client that the session is over: it may not speak there any more. */
  readonly ended: (session: CarriedSession) => void
}

/** So long a room may take to say whether somebody still leads there, ms; whoever is not confirmed by then does not. */
const confirmWithinMs = 10_000

/**
 * The sessions of one connection that only speak into a room, from another one that the connection carries. They last as long as their
 * holder may: whenever the room they speak from tells of something that touches that, it is asked, and when the connection
 * lets go of that room they end. A room that gives no answer has not confirmed it.
 */
export class Broadcasts {
  readonly #deps: BroadcastsDeps
  /** Rooms that are being asked; true: something was said since. */
  readonly #asking = new Map<RoomId, boolean>()

  constructor(deps: BroadcastsDeps) {
    this.#deps = deps
  }

  /** Throws what the room says to it; SESSION_NOT_FOUND where the connection has no seat there. */
  async permit(from: RoomId, caller: Caller): Promise<void> {
    await this.#ask(this.#deps.carried.require(from), caller)
  }

  async #ask({ roomId: from, id }: CarriedSession, caller: Caller): Promise<void> {
    await this.#deps.rooms.ask(
      from,
      { type: 'check_broadcast', by: principal(caller), session_id: id },
      { commandId: this.#deps.carried.ownCommand(id), deadlineMs: confirmWithinMs },
    )
  }

  /** From now on the connection carries a session of that kind. What was said between the permission and this counts. */
  begin(from: RoomId): void {
    const leader = this.#deps.carried.get(from)
    if (leader) leader.leads = true
    this.recheck(from)
  }

  /** Something was said in that room by which its people may have lost the right. */
  recheck(from: RoomId): void {
    if (this.#asking.has(from)) this.#asking.set(from, true)
    else void this.#confirm(from)
  }

  /** The connection carries that room no more. */
  over(from: RoomId): void {
    for (const session of this.#deps.carried.speakingFrom(from)) void this.#end(session)
  }

  /** A seat in a room was taken over: as long as it is that seat, whoever has it now takes over what speaks from it. */
  replaced(session: CarriedSession): void {
    const caller = this.#deps.caller()
    if (!caller || this.#deps.carried.speakingFrom(session.roomId).length === 0) return
    this.#ask(session, caller).catch(() => this.over(session.roomId))
  }

  async #confirm(from: RoomId): Promise<void> {
    do {
      this.#asking.set(from, false)
      const caller = this.#deps.caller()
      try {
        if (caller && this.#deps.carried.speakingFrom(from).length > 0) await this.permit(from, caller)
      } catch {
        this.over(from)
      }
    } while (this.#asking.get(from))
    this.#asking.delete(from)
  }

  /** Gives the seat up. Where its room cannot be reached, it lapses like every seat that nobody carries. */
  async #end(session: CarriedSession): Promise<void> {
    const { carried, rooms, caller, ended } = this.#deps
    const by = caller()
    carried.drop(session)
    ended(session)
    if (!by) return
    const { userId, id } = session
    const command = { type: 'leave', by: principal(by), user_id: userId, session_id: id } as const
    try {
      await rooms.ask(session.roomId, command, {
        commandId: carried.ownCommand(session.id),
        deadlineMs: confirmWithinMs,
      })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
    }
  }
}

const always: ReadonlySet<PublicRoomEvent['type']> = new Set(['room.updated', 'ownership.transferred'])
const ofSomebody: ReadonlySet<PublicRoomEvent['type']> = new Set([
  'role.changed',
  'sanction.applied',
  'wider_sanctions.known',
])

/** Whether one of the events may take from that session's user the right to speak from the room into others. */
export const touchesLead = (events: readonly PublicRoomEvent[], { userId }: CarriedSession): boolean =>
  events.some((event) => {
    if (always.has(event.type)) return true
    if (!ofSomebody.has(event.type) || !('user_id' in event)) return false
    const isOnAll = event.type === 'sanction.applied' && event.kind === 'mute_all'
    return isOnAll || event.user_id === userId
  })
