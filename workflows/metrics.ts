import { Counter, Gauge, Histogram, type Registry } from 'prom-client'
import { retentionSteps, type ReconcileTotals, type RetentionTotals } from '../protocol/workflows.ts'

/** What a relay tells of itself. */
export interface RelayMetrics {
  /** What waits in the outbox. `oldestAgeMs` is 0 when nothing does. */
  backlog(rows: number, oldestAgeMs: number): void
  delivered(): void
  failed(): void
  temporalUp(up: boolean): void
}

/** What a worker tells of itself. */
export interface WorkerMetrics {
  temporalUp(up: boolean): void
}

/** Registers a relay's metrics. A registry takes one relay. */
export function createRelayMetrics(registry: Registry): RelayMetrics {
  const registers = [registry]
  const rows = new Gauge({ name: 'voice_outbox_rows_waiting', help: 'Rows not yet delivered to Temporal.', registers })
  const age = new Gauge({ name: 'voice_outbox_age_seconds', help: 'Age of the oldest row that waits.', registers })
  const delivered = new Counter({ name: 'voice_relay_delivered_total', help: 'Rows delivered.', registers })
  const failed = new Counter({ name: 'voice_relay_failures_total', help: 'Deliveries that failed.', registers })
  return {
    backlog: (waiting, oldestAgeMs) => {
      rows.set(waiting)
      age.set(oldestAgeMs / 1_000)
    },
    delivered: () => delivered.inc(),
    failed: () => failed.inc(),
    ...createWorkerMetrics(registry),
  }
}

/** Registers a worker's metrics. A registry takes one worker. */
export function createWorkerMetrics(registry: Registry): WorkerMetrics {
  const temporal = new Gauge({
    name: 'temporal_up',
    help: '1 while Temporal answers this process, 0 while it does not.',
    registers: [registry],
  })
  return { temporalUp: (up) => temporal.set(up ? 1 : 0) }
}

/** What a sweep tells of itself. */
export interface SweepMetrics {
  roomClosed(): void
  failed(): void
}

/** Registers the metrics of a sweep over rooms. A registry takes one. */
export function createSweepMetrics(registry: Registry): SweepMetrics {
  const registers = [registry]
  const closed = new Counter({
    name: 'voice_sweep_rooms_closed_total',
    help: 'Rooms whose end had passed and that nobody had in memory.',
    registers,
  })
  const failed = new Counter({
    name: 'voice_sweep_failures_total',
    help: 'Overdue rooms that could not be reached; the next round tries them again.',
    registers,
  })
  return { roomClosed: () => closed.inc(), failed: () => failed.inc() }
}

/** What a sweep over sanctions tells of itself. */
export interface SanctionSweepMetrics {
  lifted(): void
  failed(): void
}

/** Registers the metrics of a sweep over sanctions. A registry takes one. */
export function createSanctionSweepMetrics(registry: Registry): SanctionSweepMetrics {
  const registers = [registry]
  const lifted = new Counter({
    name: 'voice_sweep_sanctions_lifted_total',
    help: 'Sanctions past their time that neither their actor nor their workflow had lifted.',
    registers,
  })
  const failed = new Counter({
    name: 'voice_sweep_sanction_failures_total',
    help: 'Overdue sanctions whose room or scope could not be reached; the next round tries them again.',
    registers,
  })
  return { lifted: () => lifted.inc(), failed: () => failed.inc() }
}

/** What a spreader tells of itself. Times in seconds. */
export interface SpreadMetrics {
  /** A change is known in every room, so long after it was committed. */
  told(afterS: number): void
  failed(): void
  /** Users with rooms that have yet to learn something, and since when the oldest change waits; 0 for none. */
  backlog(users: number, oldestAgeS: number): void
}

/** Registers the metrics of a spreader. A registry takes one. */
export function createSpreadMetrics(registry: Registry): SpreadMetrics {
  const registers = [registry]
  const told = new Histogram({
    name: 'voice_sanction_spread_seconds',
    help: 'From the commit of a guild or global sanction until every room with the user in it knows.',
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers,
  })
  const failed = new Counter({
    name: 'voice_sanction_spread_failures_total',
    help: 'Changes of which not every room could be told; they are tried again.',
    registers,
  })
  const users = new Gauge({
    name: 'voice_sanction_spread_users_waiting',
    help: 'Users with rooms that have yet to learn of a guild or global sanction.',
    registers,
  })
  const age = new Gauge({
    name: 'voice_sanction_spread_age_seconds',
    help: 'Age of the oldest change that waits.',
    registers,
  })
  return {
    told: (afterS) => told.observe(afterS),
    failed: () => failed.inc(),
    backlog: (waiting, oldestAgeS) => {
      users.set(waiting)
      age.set(oldestAgeS)
    },
  }
}

/** What a sweep over invites tells of itself. */
export interface InviteSweepMetrics {
  expired(): void
  failed(): void
}

/** Registers the metrics of a sweep over invites. A registry takes one. */
export function createInviteSweepMetrics(registry: Registry): InviteSweepMetrics {
  const registers = [registry]
  const expired = new Counter({
    name: 'voice_sweep_invites_expired_total',
    help: 'Invites past their time that neither their room nor their workflow had ended.',
    registers,
  })
  const failed = new Counter({
    name: 'voice_sweep_invite_failures_total',
    help: 'Overdue invites whose room could not be reached; the next round tries them again.',
    registers,
  })
  return { expired: () => expired.inc(), failed: () => failed.inc() }
}

/** What the comparison of record and workflows tells of itself. */
export interface ReconcileMetrics {
  reconciled(totals: ReconcileTotals): void
}

/** What became of recordings. */
export interface RecordingMetrics {
  concluded(status: 'ready' | 'failed' | 'aborted'): void
}

export function createRecordingMetrics(registry: Registry): RecordingMetrics {
  const concluded = new Counter({
    name: 'voice_recordings_concluded_total',
    help: 'Recordings that were made into a file, failed to be, or were given up.',
    labelNames: ['outcome'] as const,
    registers: [registry],
  })
  return { concluded: (outcome) => concluded.inc({ outcome }) }
}

/** What rounds of retention came to. */
export interface RetentionMetrics {
  retained(totals: RetentionTotals): void
}

export function createRetentionMetrics(registry: Registry, nowMs: () => number): RetentionMetrics {
  const registers = [registry]
  const removed = new Counter({
    name: 'voice_retention_removed_total',
    help: 'Rows that had been kept for long enough and were taken away.',
    labelNames: ['what'] as const,
    registers,
  })
  const at = new Gauge({
    name: 'voice_retention_last_done_timestamp_seconds',
    help: 'When this worker last finished a round of retention, Unix time.',
    registers,
  })
  return {
    retained: (totals) => {
      for (const step of retentionSteps) removed.inc({ what: step }, totals[step])
      at.set(nowMs() / 1_000)
    },
  }
}

/** Registers the metrics of the comparison. A registry takes one. */
export function createReconcileMetrics(registry: Registry, nowMs: () => number): ReconcileMetrics {
  const registers = [registry]
  const labelNames = ['of'] as const
  const compared = new Counter({
    name: 'voice_reconcile_compared_total',
    help: 'Rows of the record, and open workflows, that were compared with each other.',
    ...{ labelNames, registers },
  })
  const mended = new Counter({
    name: 'voice_reconcile_mended_total',
    help: 'Workflows that were missing, and those that waited in vain: a message was sent to each.',
    ...{ labelNames, registers },
  })
  const at = new Gauge({
    name: 'voice_reconcile_last_done_timestamp_seconds',
    help: 'When this worker last finished a comparison, Unix time.',
    registers,
  })
  return {
    reconciled: ({ awaited, missing, open, inVain }) => {
      compared.inc({ of: 'record' }, awaited)
      compared.inc({ of: 'workflows' }, open)
      mended.inc({ of: 'missing' }, missing)
      mended.inc({ of: 'in_vain' }, inVain)
      at.set(nowMs() / 1_000)
    },
  }
}

/** What the sweep over raids tells of itself. */
export interface RaidSweepMetrics {
  raidsRequeued(count: number): void
}

/** Registers the metrics of a sweep over raids. A registry takes one. */
export function createRaidSweepMetrics(registry: Registry): RaidSweepMetrics {
  const again = new Counter({
    name: 'voice_raids_told_again_total',
    help: 'Occurrences of raids that were behind their time and told to their workflow again.',
    registers: [registry],
  })
  return { raidsRequeued: (count) => again.inc(count) }
}
