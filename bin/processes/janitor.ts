import { createPool, Janitor, janitorMetrics, janitorStatementMs } from '../../persistence/index.ts'
import type { CommonConfig, NeededConfig } from '../config.ts'
import { backgroundTimers, systemClock } from '../system-ports.ts'
import type { Frame } from './frame.ts'

/** Starts a janitor with a connection of its own, and stops both with the process. */
export function startJanitor(
  config: Pick<NeededConfig, 'database'> & Pick<CommonConfig, 'processId' | 'calls'>,
  { log, lifecycle, registry }: Pick<Frame, 'log' | 'lifecycle' | 'registry'>,
): void {
  const pool = createPool(config.database.url, {
    applicationName: `${config.processId} janitor`,
    maxConnections: 1,
    maxIdleConnections: 0,
    statementTimeoutMs: janitorStatementMs,
    logger: log,
  })
  const janitor = new Janitor({
    ...{ pool, clock: systemClock, timers: backgroundTimers, logger: log },
    retention: config.calls.retention,
    observe: janitorMetrics(registry),
  })
  lifecycle.onStop('janitor', async () => {
    await janitor.stop()
    await pool.end()
  })
  janitor.start()
}
