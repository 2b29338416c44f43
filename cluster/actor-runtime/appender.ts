import type { ActorJournal, AppendOutcome, JournalEntry } from '../../persistence/journal/port.ts'
import type { ActorKey } from '../../protocol/ids.ts'
import type { Timers } from '../../protocol/ports.ts'

export interface AppenderOptions {
  /** Entries of one transaction. Default 128: measured best between throughput and p99 (design notes, actors 4.5). */
  readonly batchMax?: number
  /** Entries waiting. Above it `hasRoom` is false and cells answer MAILBOX_FULL. Default 8,192. */
  readonly queueMax?: number
  /**
   * Runs it in the next turn of the loop: a lane that has nothing under way begins there, with all that came in this turn. What
   * comes later is the next batch, so that a batch is the larger the longer one takes. By default a timer of 1 ms.
   */
  readonly soon?: (run: () => void) => void
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
    const { batchMax = 128, queueMax = 8_192, lanes = 2 } = options
    const soon = options.soon ?? ((run: () => void) => void timers.after(1, run))
    this.#queueMax = queueMax
    this.#lanes = Array.from({ length: lanes }, () => new Lane(journal, soon, batchMax))
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
  readonly #soon: (run: () => void) => void
  readonly #batchMax: number
  #queue: Waiting<Write>[] = []
  #busy = false
  #isBeginning = false

  constructor(journal: ActorJournal<Write>, soon: (run: () => void) => void, batchMax: number) {
    this.#journal = journal
    this.#soon = soon
    this.#batchMax = batchMax
  }

  get waiting(): number {
    return this.#queue.length
  }

  submit(waiting: Waiting<Write>): void {
    this.#queue.push(waiting)
    if (this.#busy || this.#isBeginning) return
    this.#isBeginning = true
    this.#soon(() => {
      this.#isBeginning = false
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
