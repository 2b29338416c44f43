import type { MemoryOutboxRow, MemoryRecord } from '../record/memory-record.ts'
import { restAfterMs } from './back-off.ts'
import type { Delivery, Outbox, OutboxRow } from './port.ts'

/** The outbox of a record in memory. What a relay has in hand is kept here, so relays of one record share one of these. */
export class MemoryOutbox implements Outbox {
  readonly #record: MemoryRecord
  readonly #inHand = new Set<string>()

  constructor(record: MemoryRecord) {
    this.#record = record
  }

  async deliverBatch(
    limit: number,
    deliver: (rows: readonly OutboxRow[]) => Promise<readonly Delivery[]>,
  ): Promise<number> {
    const taken = this.#due().slice(0, limit)
    if (taken.length === 0) return 0
    for (const { key } of taken) this.#inHand.add(key)
    try {
      const deliveries = await deliver(taken.map(toOutboxRow))
      const sent = new Set(deliveries.filter((delivery) => delivery.sent).map(({ id }) => id))
      for (const row of taken) this.#settle(row, sent.has(String(row.id)))
    } finally {
      for (const { key } of taken) this.#inHand.delete(key)
    }
    return taken.length
  }

  backlog(): Promise<{ readonly rows: number; readonly oldestAgeMs: number }> {
    const nowMs = this.#record.clock.wallMs()
    const waiting = this.#waiting().filter(({ heldUntilMs }) => heldUntilMs === null || heldUntilMs <= nowMs)
    const oldestMs = Math.min(...waiting.map(({ createdAtMs, heldUntilMs }) => heldUntilMs ?? createdAtMs))
    return Promise.resolve({
      rows: waiting.length,
      oldestAgeMs: waiting.length === 0 ? 0 : Math.max(0, nowMs - oldestMs),
    })
  }

  listen(wake: () => void): Promise<() => Promise<void>> {
    const stop = this.#record.onOutbox(wake)
    return Promise.resolve(() => {
      stop()
      return Promise.resolve()
    })
  }

  #waiting(): readonly MemoryOutboxRow[] {
    return [...this.#record.tables.outbox.values()].filter(({ state }) => state === 'waiting')
  }

  /** The newest row of each key that is due and in nobody's hand. */
  #due(): readonly MemoryOutboxRow[] {
    const newest = new Map(this.#waiting().map((row) => [row.key, row]))
    const nowMs = this.#record.clock.wallMs()
    return [...newest.values()]
      .filter(({ key, nextAttemptAtMs }) => nextAttemptAtMs <= nowMs && !this.#inHand.has(key))
      .sort((a, b) => a.nextAttemptAtMs - b.nextAttemptAtMs || a.id - b.id)
  }

  #settle(row: MemoryOutboxRow, sent: boolean): void {
    const attempts = row.attempts + 1
    if (!sent) {
      const nextAttemptAtMs = this.#record.clock.wallMs() + restAfterMs(attempts)
      this.#record.replaceOutboxRow({ ...row, attempts, nextAttemptAtMs })
      return
    }
    this.#record.replaceOutboxRow({ ...row, attempts, state: 'sent' })
    for (const older of this.#waiting()) {
      if (older.key === row.key && older.id < row.id) this.#record.replaceOutboxRow({ ...older, state: 'superseded' })
    }
  }
}

const toOutboxRow = ({ id, key, message, createdAtMs, attempts }: MemoryOutboxRow): OutboxRow => ({
  id: String(id),
  key,
  message,
  createdAtMs,
  attempts,
})
