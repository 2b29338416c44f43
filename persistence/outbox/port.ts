import type { OutboxMessage } from '../../protocol/workflows.ts'

export interface OutboxRow {
  readonly id: string
  /** The workflow id the message is for. */
  readonly key: string
  readonly message: OutboxMessage
  readonly createdAtMs: number
  readonly attempts: number
}

/** What became of one row of a batch. A failed row stays and is offered again after its back-off. */
export type Delivery =
  { readonly id: string; readonly sent: true } | { readonly id: string; readonly sent: false; readonly error: string }

/** Messages that are sent once more, beside those that come with a change of state. */
export interface OutboxWriter {
  /** Adds a row for each, unless one of its workflow waits already, and wakes the relays. */
  put(messages: readonly OutboxMessage[]): Promise<void>
}

/** The queue between committed state and Temporal. Several relays may work on it at once. */
export interface Outbox {
  /**
   * Takes up to `limit` unsent rows that are due, the longest due first, and hands them to `deliver`. A key that another
   * relay has in hand is left alone. Of several rows with one key only the newest is handed over; the older are marked
   * superseded when it is delivered. Marks what was delivered; what was not rests for 1 s, doubling up to 60 s. Returns
   * how many rows were handed over. A crash in between means that rows are delivered again, and so does a `deliver` that
   * takes over 60 s: then the promise is rejected.
   */
  deliverBatch(limit: number, deliver: (rows: readonly OutboxRow[]) => Promise<readonly Delivery[]>): Promise<number>
  /** Rows waiting, those that are held not among them, and the age of the oldest in ms (0 when none). */
  backlog(): Promise<{ readonly rows: number; readonly oldestAgeMs: number }>
  /**
   * Calls `wake` whenever rows may have come in, though some be held; returns the unsubscriber. Survives a lost connection, and calls `wake` when
   * it is back. Rejects when there is no connection to begin with.
   */
  listen(wake: () => void): Promise<() => Promise<void>>
}
