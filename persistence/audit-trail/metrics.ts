import { Counter, Gauge, type Registry } from 'prom-client'

/** What is counted of the checkpoints of the audit log. */
export interface AuditMetrics {
  taken(): void
  failed(): void
  /** A round is through: every chain that had moved is witnessed, by this process or another. */
  upToDate(): void
}

/** The metrics of a process that takes checkpoints. A registry takes one. `nowMs`: monotonic. */
export function auditMetrics(registry: Registry, nowMs: () => number): AuditMetrics {
  const registers = [registry]
  const taken = new Counter({
    name: 'voice_audit_checkpoints_total',
    help: 'Checkpoints of the audit log that this process took.',
    registers,
  })
  const failed = new Counter({
    name: 'voice_audit_checkpoint_failures_total',
    help: 'Rounds of checkpoints that failed.',
    registers,
  })
  let upToDateMs = nowMs()
  new Gauge({
    name: 'voice_audit_checkpoint_age_seconds',
    help: 'How long ago a round of checkpoints was last through.',
    registers,
    collect() {
      this.set((nowMs() - upToDateMs) / 1_000)
    },
  })
  return {
    taken: () => taken.inc(),
    failed: () => failed.inc(),
    upToDate: () => {
      upToDateMs = nowMs()
    },
  }
}
