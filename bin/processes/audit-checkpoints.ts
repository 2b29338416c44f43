import { checkpointHeadsMax, type AuditTrail } from '../../persistence/audit-trail/port.ts'
import type { AuditMetrics } from '../../persistence/index.ts'
import type { Logger, Timers } from '../../protocol/ports.ts'

export interface CheckpointDeps {
  readonly trail: Pick<AuditTrail, 'checkpoint'>
  /** From one round to the next, ms. */
  readonly everyMs: number
  readonly timers: Timers
  readonly logger: Logger
  readonly metrics: AuditMetrics
}

/**
 * Has the ends of the audit log's chains witnessed, round by round, until the returned function is called; that resolves when the
 * round under way is over. Each checkpoint is one line of the log, so that it stands outside the database too. A round that fails is
 * told, and the next one takes what it left. Relays of one database may all do it: one of them gets to.
 */
export function takeCheckpoints({ trail, everyMs, timers, logger, metrics }: CheckpointDeps): () => Promise<void> {
  let isStopped = false
  let round: Promise<void> | null = null

  const takeAll = async () => {
    for (;;) {
      const checkpoint = await trail.checkpoint()
      if (checkpoint) {
        const { no, heads, root, hash, coversUntilMs } = checkpoint
        const coversUntil = new Date(coversUntilMs).toISOString()
        const hashes = { root: root.toString('hex'), hash: hash.toString('hex') }
        logger.info({ checkpoint: no, heads, coversUntil, ...hashes }, 'audit.checkpoint')
        metrics.taken()
      }
      // One that is full left some behind.
      if (isStopped || checkpoint?.heads !== checkpointHeadsMax) return
    }
  }
  const start = () => {
    round ??= takeAll()
      .then(
        () => metrics.upToDate(),
        (err: unknown) => {
          metrics.failed()
          logger.warn({ err }, 'audit.checkpoint_failed')
        },
      )
      .finally(() => (round = null))
  }
  start()
  const cancel = timers.every(everyMs, start)
  return async () => {
    isStopped = true
    cancel()
    await round
  }
}
