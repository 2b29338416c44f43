import type { ClockKind, OutboxMessage } from '../../protocol/workflows.ts'

/** Something that ends by itself, and whose workflow therefore has to run. Times are Unix ms. */
export interface AwaitedClock {
  readonly kind: ClockKind
  /** The workflow id. */
  readonly key: string
  /** What starts the workflow; to one that runs it says nothing new. */
  readonly message: OutboxMessage
  readonly dueMs: number
}

export interface ClockPage {
  readonly clocks: readonly AwaitedClock[]
  /** Hand it back for the next page; null on the last. Opaque. */
  readonly next: string | null
}

/** How many of a kind are awaited, and how many of those are past their time by over 30 s. */
export interface ClockCount {
  readonly kind: ClockKind
  readonly awaited: number
  readonly overdue: number
}

/** What the record says should end by itself: what workflows are compared with. */
export interface ClockRecords {
  /**
   * Everything of a kind that is awaited, the soonest first. What changed within the last minute or has a row in the outbox is left out:
   * its workflow is still to be told. `limit` 1-1,000.
   */
  awaited(kind: ClockKind, after: string | null, limit: number): Promise<ClockPage>
  /**
   * Word to those of these workflows (ids of that kind, 1,000 at the most) that wait in vain, since what they wait for is over or was never
   * there. What ended within the last minute or has a row in the outbox is left out.
   */
  inVain(kind: ClockKind, keys: readonly string[]): Promise<readonly AwaitedClock['message'][]>
  /** What is awaited of a room, the soonest first; 1,000 at the most. */
  ofRoom(roomId: string): Promise<readonly AwaitedClock[]>
  count(): Promise<readonly ClockCount[]>
}
