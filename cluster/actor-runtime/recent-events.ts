import type { MissedEvents } from '../routing/port.ts'
import type { Position } from '../../protocol/cluster/results.ts'

/** Entries of which one actor remembers what it told everyone; the oldest are forgotten first. */
const maxEntries = 256
/** The same, in characters of JSON. */
const maxChars = 256 * 1024

interface Remembered {
  readonly told: MissedEvents
  readonly chars: number
}

/** What an actor told everyone lately, for sessions that missed some of it. */
export class RecentEvents {
  readonly #maxEntries: number
  readonly #maxChars: number
  #entries: Remembered[] = []
  #chars = 0
  /** Everything told behind this seq is here. */
  #from: number
  /** Of the last entry added, told or not. */
  #last: number

  /** Knows of nothing up to `seq`, and of everything that is added behind it. */
  constructor(seq: number, bounds: { readonly entries?: number; readonly chars?: number } = {}) {
    this.#from = seq
    this.#last = seq
    this.#maxEntries = bounds.entries ?? maxEntries
    this.#maxChars = bounds.chars ?? maxChars
  }

  /** Takes in an entry: the next one of the journal, each time. `events` may be empty. */
  add(at: Position, events: readonly unknown[]): void {
    this.#last = at.seq
    if (events.length === 0) return
    const chars = JSON.stringify(events).length
    this.#entries.push({ told: { at, events }, chars })
    this.#chars += chars
    while (this.#entries.length > this.#maxEntries || this.#chars > this.#maxChars) this.#forgetOldest()
  }

  /** What was told behind that seq, in order; null where some of it is forgotten, or the seq is not one of ours. */
  after(seq: number): readonly MissedEvents[] | null {
    if (seq < this.#from || seq > this.#last) return null
    return this.#entries.filter(({ told }) => told.at.seq > seq).map(({ told }) => told)
  }

  #forgetOldest(): void {
    const oldest = this.#entries.shift()
    if (!oldest) return
    this.#chars -= oldest.chars
    this.#from = oldest.told.at.seq
  }
}
