import type { Timers } from '../../protocol/ports.ts'
import { Wire } from './wire.ts'

/** Like a socket's: who has written more than this is told when it has left. */
const drainAboveBytes = 64 * 1024

/** What lies between the two ends of a memory wire. */
export interface Medium {
  readonly timers: Timers
  /** Asked for each delivery. */
  latencyMs(): number
  /** So much arrives at once at the most; asked for each delivery. */
  pieceBytes(): number
  /** Nothing passes now. */
  isBlocked(): boolean
}

const reset = () => Object.assign(new Error('the link was broken'), { code: 'ECONNRESET' })

/** One end of a wire in memory. Bytes arrive in order, within one latency, while the medium lets them. */
export class MemoryWire extends Wire {
  readonly #medium: Medium
  #other: MemoryWire | null = null
  #waiting: Buffer[] = []
  #waitingBytes = 0
  #drainIsDue = false
  #isPaused = false
  #ending: 'open' | 'after_waiting' | 'done' = 'open'
  #isOtherTold = false

  constructor(medium: Medium, maxBytes: number) {
    super(maxBytes)
    this.#medium = medium
  }

  /** Joins two ends; what either wrote before sets out now. */
  static join(a: MemoryWire, b: MemoryWire): void {
    a.#other = b
    b.#other = a
    a.#setOut()
    b.#setOut()
  }

  get waitingBytes(): number {
    return this.#waitingBytes
  }

  write(bytes: Buffer): void {
    if (this.#ending !== 'open') return
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    this.#drainIsDue ||= this.#waitingBytes >= drainAboveBytes
    this.#setOut()
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    const other = this.#other
    if (other) other.#setOut()
  }

  end(): void {
    if (this.#ending !== 'open') return
    this.#ending = 'after_waiting'
    this.#setOut()
  }

  destroy(): void {
    this.#release()
  }

  /** Breaks both ends, as a reset does. */
  reset(): void {
    this.#other?.fail(reset())
    this.fail(reset())
  }

  /** Ends with an error that the other end does not hear of. */
  fail(error: Error): void {
    this.#isOtherTold = true
    this.ended(error)
    this.#release()
  }

  /** The medium may let something pass that waited. */
  retry(): void {
    this.#setOut()
  }

  soon(run: () => void): void {
    this.#medium.timers.after(0, run)
  }

  #setOut(): void {
    this.#medium.timers.after(this.#medium.latencyMs(), () => this.#arrive())
  }

  #arrive(): void {
    const other = this.#other
    if (!other || this.#medium.isBlocked()) return
    for (let room = this.#medium.pieceBytes(); room > 0 && !other.#isPaused;) {
      const chunk = this.#waiting.shift()
      if (!chunk) break
      const piece = chunk.subarray(0, room)
      if (piece.length < chunk.length) this.#waiting.unshift(chunk.subarray(room))
      room -= piece.length
      this.#waitingBytes -= piece.length
      other.feed(piece)
    }
    if (this.#waiting.length > 0) {
      if (!other.#isPaused) this.#setOut()
      return
    }
    if (this.#drainIsDue) {
      this.#drainIsDue = false
      this.drained()
    }
    if (this.#ending === 'after_waiting') this.#release()
    if (this.#ending === 'done' && !this.#isOtherTold) {
      this.#isOtherTold = true
      other.#peerGone()
    }
  }

  #peerGone(): void {
    this.#isOtherTold = true
    this.ended(null)
    this.#release()
  }

  #release(): void {
    if (this.#ending === 'done') return
    this.#ending = 'done'
    this.#waiting = []
    this.#waitingBytes = 0
    this.#medium.timers.after(0, () => this.closed())
    this.#setOut()
  }
}
