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

/** The queue between committed state and Temporal. Several relays may work on it at once. */
export interface Outbox {
  /**
   * Takes up to `limit` unsent rows that are due, oldest first, none of them taken by another relay, and hands them to
   * `deliver`. Of several rows with one key only the newest is handed over; the older are marked superseded with it.
   * Marks what was delivered. Returns how many rows were taken. A crash in between means that rows are delivered again.
   */
  deliverBatch(limit: number, deliver: (rows: readonly OutboxRow[]) => Promise<readonly Delivery[]>): Promise<number>
  /** Rows waiting, and the age of the oldest in ms (0 when none). */
  backlog(): Promise<{ readonly rows: number; readonly oldestAgeMs: number }>
  /** Calls `wake` whenever rows may have come in; returns the unsubscriber. Survives a lost connection. */
  listen(wake: () => void): Promise<() => Promise<void>>
}
