import type { ActorJournal, AppendOutcome, JournalEntry } from '../../persistence/journal/port.ts'
import type { ActorKey } from '../../protocol/ids.ts'
import type { Timers } from '../../protocol/ports.ts'

export interface AppenderOptions {
  /** Entries of one transaction. Default 128: measured best between throughput and p99 (design notes, actors 4.5). */
  readonly batchMax?: number
  /** Entries waiting. Above it `hasRoom` is false and cells answer MAILBOX_FULL. Default 8,192. */
  readonly queueMax?: number
  /** How long a lone entry waits for company, ms. Default 1. */
  readonly lingerMs?: number
  /** Transactions under way at once, each for actors of its own. Default 2. */
  readonly lanes?: number
}

/** Whoever waits for an entry. */
export interface AppendClient {
  /** Told once what became of the entry; `null` when nobody knows (connection lost, time-out). */
  settled(outcome: AppendOutcome | null): void
  /**
   * False once the actor has dropped itself: its entries still in the queue are then left out, since an entry behind one
   * that failed would tear a hole into the journal.
   */
  wanted(): boolean
}

interface Waiting<Write> {
  readonly entry: JournalEntry<Write>
  readonly client: AppendClient
}

/**
 * The one way of a node's actors into the journal: group commit over all of them. An actor always goes by the same lane, and
 * a lane has one batch under way at a time, so the entries of an actor stay in order; what arrives meanwhile is the next batch.
 */
export class Appender<Write> {
  readonly #lanes: readonly Lane<Write>[]
  readonly #queueMax: number

  constructor(journal: ActorJournal<Write>, timers: Timers, options: AppenderOptions = {}) {
    const { batchMax = 128, lingerMs = 1, queueMax = 8_192, lanes = 2 } = options
    this.#queueMax = queueMax
    this.#lanes = Array.from({ length: lanes }, () => new Lane(journal, timers, batchMax, lingerMs))
  }

  hasRoom(): boolean {
    return this.waiting < this.#queueMax
  }

  get waiting(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.waiting, 0)
  }

  /** Queues an entry; its client is told in a later turn of the loop, in order for the entries of one actor. */
  submit(entry: JournalEntry<Write>, client: AppendClient): void {
    this.#lanes[laneOf(entry.key, this.#lanes.length)]?.submit({ entry, client })
  }
}

/** Ids are random at their end. */
function laneOf(key: ActorKey, lanes: number): number {
  return (key.charCodeAt(key.length - 1) + key.charCodeAt(key.length - 2)) % lanes
}

class Lane<Write> {
  readonly #journal: ActorJournal<Write>
  readonly #timers: Timers
  readonly #batchMax: number
  readonly #lingerMs: number
  #queue: Waiting<Write>[] = []
  #busy = false
  #lingering = false

  constructor(journal: ActorJournal<Write>, timers: Timers, batchMax: number, lingerMs: number) {
    this.#journal = journal
    this.#timers = timers
    this.#batchMax = batchMax
    this.#lingerMs = lingerMs
  }

  get waiting(): number {
    return this.#queue.length
  }

  submit(waiting: Waiting<Write>): void {
    this.#queue.push(waiting)
    if (this.#busy || this.#lingering) return
    this.#lingering = true
    this.#timers.after(this.#lingerMs, () => {
      this.#lingering = false
      void this.#drain()
    })
  }

  async #drain(): Promise<void> {
    if (this.#busy) return
    this.#busy = true
    while (this.#queue.length > 0) {
      const taken = this.#queue.splice(0, this.#batchMax)
      const batch = taken.filter(({ client }) => client.wanted())
      if (batch.length === 0) continue
      const outcomes = await this.#append(batch.map(({ entry }) => entry))
      batch.forEach(({ client }, index) => client.settled(outcomes?.[index] ?? null))
    }
    this.#busy = false
  }

  /** Null when the outcome of the whole batch is unknown. */
  async #append(entries: readonly JournalEntry<Write>[]): Promise<readonly AppendOutcome[] | null> {
    try {
      return await this.#journal.append(entries)
    } catch {
      return null
    }
  }
}
