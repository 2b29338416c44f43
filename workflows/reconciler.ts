import type { ClockRecords } from '../persistence/clocks/port.ts'
import type { OutboxWriter } from '../persistence/outbox/port.ts'
import type { Logger } from '../protocol/ports.ts'
import type { ComparePageInput, ComparePageResult, ReconcileTotals } from '../protocol/workflows.ts'
import type { ReconcileMetrics } from './metrics.ts'
import type { TemporalIndex } from './temporal-index.ts'

export interface ReconcilerDeps {
  readonly clocks: ClockRecords
  readonly index: Pick<TemporalIndex, 'running' | 'open'>
  readonly outbox: OutboxWriter
  readonly logger: Logger
  readonly metrics: ReconcileMetrics
}

/** Rows of the record compared at once. */
export const comparePageMax = 500

/**
 * Compares what the record awaits with the workflows that run, and mends the difference by the outbox, as everything else reaches Temporal.
 * What it sends may be one message too many, since Temporal's list lags behind: each says nothing new to a workflow that knows it.
 */
export class Reconciler {
  readonly #deps: ReconcilerDeps

  constructor(deps: ReconcilerDeps) {
    this.#deps = deps
  }

  /** A page of the record: what has no workflow is sent again. */
  async compareRecord({ kind, after }: ComparePageInput): Promise<ComparePageResult> {
    const { clocks, index, outbox } = this.#deps
    const page = await clocks.awaited(kind, after, comparePageMax)
    const running = await index.running(page.clocks.map(({ key }) => key))
    const missing = page.clocks.filter(({ key }) => !running.has(key))
    await outbox.put(missing.map(({ message }) => message))
    return { checked: page.clocks.length, repaired: missing.length, next: page.next }
  }

  /** A page of the workflows that run: those that wait in vain are told so. */
  async compareWorkflows({ kind, after }: ComparePageInput): Promise<ComparePageResult> {
    const { clocks, index, outbox } = this.#deps
    const page = await index.open(kind, after)
    const inVain = await clocks.inVain(kind, page.ids)
    await outbox.put(inVain)
    return { checked: page.ids.length, repaired: inVain.length, next: page.next }
  }

  done(totals: ReconcileTotals): Promise<void> {
    const { logger, metrics } = this.#deps
    metrics.reconciled(totals)
    const level = totals.missing + totals.inVain > 0 ? 'warn' : 'info'
    logger[level]({ ...totals }, 'reconcile.done')
    return Promise.resolve()
  }
}
