import type { SessionId } from '../../protocol/ids.ts'

/** Up to which signal of one sender a session has heard, and its client has said so. */
export interface HeardSignal {
  readonly from_session: SessionId
  readonly signal_seq: number
}

interface Heard {
  seq: number
  confirmed: number
}

/** Senders that are remembered for one session; beyond them the one heard first is forgotten, and might be heard twice. */
const sendersMax = 256

/** What of the signals to one session has gone to its socket, by sender. What comes twice is known by its number. */
export class SignalHearing {
  readonly #senders = new Map<SessionId, Heard>()
  /** Confirmed by the client, and not yet told to the room. */
  readonly #unsaid = new Set<SessionId>()

  /** The client has heard these on another socket. */
  begin(heard: readonly HeardSignal[]): void {
    for (const { from_session: from, signal_seq: seq } of heard) {
      this.#senders.set(from, { seq, confirmed: seq })
      this.#unsaid.add(from)
    }
  }

  /**
   * `fresh`: it goes to the socket. `repeated`: it went there. `confirmed`: the client even said that it has it, so the room is
   * to be told again.
   */
  hear(from: SessionId, seq: number): 'fresh' | 'repeated' | 'confirmed' {
    const before = this.#senders.get(from)
    if (!before) {
      this.#senders.set(from, { seq, confirmed: 0 })
      this.#forgetOldest()
      return 'fresh'
    }
    if (seq > before.seq) {
      before.seq = seq
      return 'fresh'
    }
    if (seq > before.confirmed) return 'repeated'
    this.#unsaid.add(from)
    return 'confirmed'
  }

  /** The client has everything of that sender up to that number. Says whether that is news; of what it was never sent it is none. */
  confirm(from: SessionId, seq: number): boolean {
    const heard = this.#senders.get(from)
    const confirmed = Math.min(seq, heard?.seq ?? 0)
    if (!heard || confirmed <= heard.confirmed) return false
    heard.confirmed = confirmed
    this.#unsaid.add(from)
    return true
  }

  /** What the room is to be told now. */
  take(max: number): HeardSignal[] {
    const taken: HeardSignal[] = []
    for (const from of this.#unsaid) {
      if (taken.length >= max) break
      this.#unsaid.delete(from)
      const heard = this.#senders.get(from)
      if (heard) taken.push({ from_session: from, signal_seq: heard.confirmed })
    }
    return taken
  }

  /** The room could not be told. */
  untake(heard: readonly HeardSignal[]): void {
    for (const { from_session: from } of heard) if (this.#senders.has(from)) this.#unsaid.add(from)
  }

  get hasUnsaid(): boolean {
    return this.#unsaid.size > 0
  }

  #forgetOldest(): void {
    const [oldest] = this.#senders.keys()
    if (this.#senders.size <= sendersMax || oldest === undefined) return
    this.#senders.delete(oldest)
    this.#unsaid.delete(oldest)
  }
}
