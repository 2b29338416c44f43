import { Counter, Gauge, type Registry } from 'prom-client'

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
