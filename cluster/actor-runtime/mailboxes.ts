import type { ActorKey } from '../../protocol/ids.ts'
import type { Clock } from '../../protocol/ports.ts'
import {
  actorBounds,
  nodeBounds,
  WaitingLine,
  WaitingTotal,
  type WaitingBounds,
  type WaitingMessage,
} from './waiting-line.ts'

/** Messages of one actor in one turn of the loop, at the most. */
export const turnMax = 64

/** Rounds over actors that wait end after so long, ms; the next turn of the loop goes on with the next actor. */
const roundMs = 5

export interface MailboxesDeps<Message> {
  readonly clock: Clock
  /** Runs it in the next turn of the loop, after what arrived meanwhile was read. */
  readonly soon: (run: () => void) => void
  carryOut(key: ActorKey, message: Message): void
  readonly bounds?: WaitingBounds
  readonly nodeBounds?: WaitingBounds
}

/**
 * Messages on their way to actors in memory. One that comes while its actor had less than its share of this turn of the loop
 * is carried out at once; what is more waits, and the actors take turns. So an actor that is asked too much delays itself
 * and not its neighbours, and the loop comes back to its sockets and timers.
 */
export class Mailboxes<Message extends WaitingMessage> {
  readonly #deps: MailboxesDeps<Message>
  readonly #bounds: WaitingBounds
  readonly #nodeBounds: WaitingBounds
  readonly #total = new WaitingTotal()
  /** In the order in which they have their turn. */
  readonly #lines = new Map<ActorKey, WaitingLine<Message>>()
  /** Messages carried out since a round last set these to nothing: in this turn of the loop, and a few before it. */
  readonly #counts = new Map<ActorKey, number>()
  #isRoundDue = false

  constructor(deps: MailboxesDeps<Message>) {
    this.#deps = deps
    this.#bounds = deps.bounds ?? actorBounds
    this.#nodeBounds = deps.nodeBounds ?? nodeBounds
  }

  /** Messages that wait, of all actors. */
  get waiting(): number {
    return this.#total.messages
  }

  /** Messages that wait for one actor. */
  waitingFor(key: ActorKey): number {
    return this.#lines.get(key)?.length ?? 0
  }

  has(key: ActorKey): boolean {
    return this.#lines.has(key)
  }

  /** False: too much waits, and the message was not taken. */
  offer(key: ActorKey, message: Message): boolean {
    const line = this.#lines.get(key)
    if (line) return line.offer(message)
    const count = this.#counts.get(key) ?? 0
    // Actors that are asked little never need a round.
    if (count >= turnMax / 2) this.#roundSoon()
    if (count < turnMax) {
      this.#counts.set(key, count + 1)
      this.#deps.carryOut(key, message)
      return true
    }
    const begun = new WaitingLine<Message>(this.#bounds, this.#total, this.#nodeBounds)
    if (!begun.offer(message)) return false
    this.#lines.set(key, begun)
    return true
  }

  /** Takes out whatever waits for an actor. */
  takeAll(key: ActorKey): Message[] {
    const line = this.#lines.get(key)
    this.#lines.delete(key)
    this.#counts.delete(key)
    return line?.takeAll() ?? []
  }

  #roundSoon(): void {
    if (this.#isRoundDue) return
    this.#isRoundDue = true
    this.#deps.soon(() => {
      this.#isRoundDue = false
      this.#round()
    })
  }

  #round(): void {
    this.#counts.clear()
    const untilMs = this.#deps.clock.monotonicMs() + roundMs
    for (const [key, line] of [...this.#lines]) {
      this.#serve(key, line)
      if (this.#deps.clock.monotonicMs() >= untilMs) break
    }
    if (this.#lines.size > 0) this.#roundSoon()
  }

  #serve(key: ActorKey, line: WaitingLine<Message>): void {
    // Last in the order from now on. Where it was taken out meanwhile, there is nothing to serve.
    if (this.#lines.get(key) !== line) return
    this.#lines.delete(key)
    this.#lines.set(key, line)
    let count = 0
    for (; count < turnMax; count += 1) {
      const message = line.take()
      if (message === undefined) break
      this.#deps.carryOut(key, message)
      // Carrying it out may have ended the actor, and what waited was taken out.
      if (this.#lines.get(key) !== line) return
    }
    this.#counts.set(key, count)
    if (line.length === 0) this.#lines.delete(key)
  }
}
