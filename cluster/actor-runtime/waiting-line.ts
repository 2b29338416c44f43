/**
 * What an actor's command is worth when there is no room for all. `A`: durable, or it keeps a session in its place. `join`:
 * class A that brings a session the actor did not have. `B`: in memory only; whoever sent it may send the next one instead.
 */
export type CommandClass = 'A' | 'join' | 'B'

/** How much may wait. */
export interface WaitingBounds {
  readonly messages: number
  readonly bytes: number
}

/** One that waits. */
export interface WaitingMessage {
  readonly class?: CommandClass
  /** As it came over the wire; 0 where it did not. */
  readonly bytes?: number
}

/** Of one actor: uncommitted, waiting for its turn, for its activation, or for the end of a hand-off; each counts alone. */
export const actorBounds: WaitingBounds = { messages: 2_048, bytes: 1024 * 1024 }

/** Of all actors of a node together, in lines of one kind: the bound of an actor does not bound a thousand actors. */
export const nodeBounds: WaitingBounds = { messages: 32_768, bytes: 32 * 1024 * 1024 }

/** Class B has so much of each bound: what is left over is for class A, which is shed last. */
const shareOfB = 0.75

/** Whether one more of that class is to be taken where so much waits. */
export function admits(of: CommandClass, waiting: WaitingBounds, bounds: WaitingBounds): boolean {
  const share = of === 'B' ? shareOfB : 1
  // A message larger than the bound of bytes is taken where nothing waits: it would never be taken else.
  return waiting.messages < bounds.messages * share && (waiting.bytes < bounds.bytes * share || waiting.messages === 0)
}

/** How much waits in all lines of one kind. */
export class WaitingTotal {
  messages = 0
  bytes = 0
}

/** Messages that wait, first in, first out, within the bounds of their actor and of the node. */
export class WaitingLine<Message extends WaitingMessage> {
  readonly #bounds: WaitingBounds
  readonly #total: WaitingTotal
  readonly #totalBounds: WaitingBounds
  #messages: Message[] = []
  /** Where the line begins in `#messages`: what is before was taken. */
  #head = 0
  #bytes = 0

  constructor(bounds: WaitingBounds, total = new WaitingTotal(), totalBounds = nodeBounds) {
    this.#bounds = bounds
    this.#total = total
    this.#totalBounds = totalBounds
  }

  get length(): number {
    return this.#messages.length - this.#head
  }

  /** False: there is no room for one of its class, and it was not taken. */
  offer(message: Message): boolean {
    const of = message.class ?? 'A'
    const waiting = { messages: this.length, bytes: this.#bytes }
    if (!admits(of, waiting, this.#bounds) || !admits(of, this.#total, this.#totalBounds)) return false
    this.#messages.push(message)
    this.#count(1, message.bytes ?? 0)
    return true
  }

  take(): Message | undefined {
    const message = this.#messages[this.#head]
    if (message === undefined) return undefined
    this.#head += 1
    this.#count(-1, -(message.bytes ?? 0))
    if (this.#head === this.#messages.length || this.#head >= 1_024) {
      this.#messages = this.#messages.slice(this.#head)
      this.#head = 0
    }
    return message
  }

  takeAll(): Message[] {
    const messages = this.#messages.slice(this.#head)
    this.#messages = []
    this.#head = 0
    this.#count(-messages.length, -this.#bytes)
    return messages
  }

  #count(messages: number, bytes: number): void {
    this.#bytes += bytes
    this.#total.messages += messages
    this.#total.bytes += bytes
  }
}
