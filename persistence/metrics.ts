import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import type pg from 'pg'
import type { BatchObserver } from './call-records/batch-writer.ts'
import type { RecordTable } from './call-records/call-recorder.ts'
import type { JanitorObserver } from './janitor/janitor.ts'

export interface PersistenceMetrics {
  readonly appendSeconds: Histogram
  readonly appendBatch: Histogram
  readonly appendUnknown: Counter
  readonly fenceRejections: Counter
  readonly snapshotsDamaged: Counter
}

/** The storage metrics of a process, registered. */
export function persistenceMetrics(registry: Registry): PersistenceMetrics {
  return {
    appendSeconds: new Histogram({
      name: 'voice_journal_append_seconds',
      help: 'Time of one journal transaction, from begin to commit.',
      buckets: [0.001, 0.002, 0.005, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 1, 5],
      registers: [registry],
    }),
    appendBatch: new Histogram({
      name: 'voice_journal_append_batch_entries',
      help: 'Entries in one journal transaction.',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128],
      registers: [registry],
    }),
    appendUnknown: new Counter({
      name: 'voice_journal_append_unknown_total',
      help: 'Journal transactions of which nobody knows whether they were committed: connection lost, time-out.',
      registers: [registry],
    }),
    fenceRejections: new Counter({
      name: 'voice_cluster_fence_rejections_total',
      help: 'Journal entries refused because another epoch owns the actor.',
      registers: [registry],
    }),
    snapshotsDamaged: new Counter({
      name: 'voice_journal_snapshots_damaged_total',
      help: 'Stored snapshots whose checksum does not fit; the actor was loaded from the whole of its journal.',
      registers: [registry],
    }),
  }
}

/** Connections of a pool, read when the metrics are asked for. */
export function watchPool(registry: Registry, pool: pg.Pool): void {
  new Gauge({
    name: 'voice_postgres_connections',
    help: 'Connections of the pool by state.',
    labelNames: ['state'],
    registers: [registry],
    collect() {
      this.set({ state: 'idle' }, pool.idleCount)
      this.set({ state: 'busy' }, pool.totalCount - pool.idleCount)
      this.set({ state: 'waited_for' }, pool.waitingCount)
    },
  })
}

/** What becomes of rows that are written in batches, by table. A registry takes one. */
export function callRecordMetrics(registry: Registry): (table: RecordTable) => BatchObserver {
  const registers = [registry]
  const byTable = { labelNames: ['table'], registers }
  const waiting = new Map<RecordTable, () => number>()
  new Gauge({
    name: 'voice_records_waiting',
    help: 'Rows that wait to be written.',
    ...byTable,
    collect() {
      for (const [table, rows] of waiting) this.set({ table }, rows())
    },
  })
  const written = new Counter({ name: 'voice_records_written_total', help: 'Rows written in batches.', ...byTable })
  const failures = new Counter({
    name: 'voice_records_failures_total',
    help: 'Batches that were not written, and are tried again.',
    ...byTable,
  })
  const dropped = new Counter({
    name: 'voice_records_dropped_total',
    help: 'Rows that were not written, by cause.',
    labelNames: ['table', 'cause'],
    registers,
  })
  const seconds = new Histogram({
    name: 'voice_records_write_seconds',
    help: 'Time in which a batch was written.',
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5],
    ...byTable,
  })
  return (table) => ({
    watch: (rows) => void waiting.set(table, rows),
    written: (rows, tookMs) => {
      written.inc({ table }, rows)
      seconds.observe({ table }, tookMs / 1_000)
    },
    dropped: (cause, rows) => dropped.inc({ table, cause }, rows),
    failed: () => failures.inc({ table }),
  })
}

/** What a janitor does. A registry takes one. */
export function janitorMetrics(registry: Registry): JanitorObserver {
  const registers = [registry]
  const seconds = new Histogram({
    name: 'voice_janitor_step_seconds',
    help: 'Pieces of work of the janitor, by step and outcome; busy: another one is at it.',
    labelNames: ['step', 'outcome'],
    buckets: [0.01, 0.05, 0.25, 1, 5, 30],
    registers,
  })
  const removed = new Counter({
    name: 'voice_janitor_removed_total',
    help: 'Parts of tables, and rows, whose time was over.',
    labelNames: ['what'],
    registers,
  })
  const lag = new Gauge({
    name: 'voice_quality_rollup_lag_seconds',
    help: 'For how long the oldest rollup that is out of date has been due.',
    registers,
  })
  return {
    stepDone: (step, outcome, tookMs) => seconds.observe({ step, outcome }, tookMs / 1_000),
    removed: (what, count) => removed.inc({ what }, count),
    rollupLag: (behindS) => lag.set(behindS),
  }
}
